// loss: the mean of a function of the errors, and its gradient; stands before the shader that has the function and its
// derivative, lossOf and slopeOf, such as mse.wgsl.
//
//   forward    loss  = 1/size * sum over i of lossOf(p[i] - t[i])
//   backward   dp[i] = dloss * 1/size * slopeOf(p[i] - t[i])
//              predictions[start * outputs + i] = p[i] if keep: the step's part of those of the epoch, start = step.batchStart
//
//   prediction p, target t, dp: f32[size], all outputs of all samples    loss, dloss: f32[1]
//
// forward: one workgroup; each lane sums its share, and the lanes are added in order.
// backward: one invocation per element.

const size: u32 = 1u; // dimension
const outputs: u32 = 1u; // tunable: numbers a sample
const keep: bool = false; // tunable
const lanes: u32 = 64u;

@group(0) @binding(1) var<storage, read> prediction: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<f32>;
@group(0) @binding(3) var<storage, read_write> loss: array<f32>;

var<workgroup> laneSums: array<f32, lanes>;

@compute @workgroup_size(lanes)
fn forward(@builtin(local_invocation_index) lane: u32) {
  // no tail: the rounds below test each index
  var sum = 0.0;
  for (var r = 0u; r < (size + lanes - 1u) / lanes; r++) {
    let i = r * lanes + lane;
    if (i < size) { sum += lossOf(prediction[i] - targets[i]); }
  }
  laneSums[lane] = sum;
  workgroupBarrier();
  if (lane == 0u) {
    var total = 0.0;
    for (var l = 0u; l < lanes; l++) { total += laneSums[l]; }
    loss[0] = total / f32(size);
  }
}

@group(0) @binding(3) var<storage, read> dloss: array<f32>;
@group(0) @binding(4) var<storage, read_write> dp: array<f32>;

@group(0) @binding(5) var<storage, read_write> predictions: array<f32>;

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  if (index >= size) { return; }
  dp[index] = dloss[0] * (1.0 / f32(size)) * slopeOf(prediction[index] - targets[index]);
  if (keep) { // fold
    predictions[step.batchStart * outputs + index] = prediction[index];
  }
}
