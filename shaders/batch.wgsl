// batch: gathers a batch of images and labels from the data set on the GPU.
//
//   x[n,p]       = images[order[start + n], p] / 255       p runs over the pixels of an image
//   targets[n,k] = labels[order[start + n], k]
//
//   images: u8[count,pixels], four to a word    labels: f32[count,outputs]    order: u32[...], start = step.batchStart
//   x: f32[batch,pixels]    targets: f32[batch,outputs]
//
// Dispatch: one invocation per element of x and then of targets. Nothing is uploaded but where the batch begins.

const batch: u32 = 1u; // tunable
const pixels: u32 = 1u; // tunable: of an image
const outputs: u32 = 1u; // tunable

@group(0) @binding(1) var<storage, read> images: array<u32>;
@group(0) @binding(2) var<storage, read> labels: array<f32>;
@group(0) @binding(3) var<storage, read> order: array<u32>;
@group(0) @binding(4) var<storage, read_write> x: array<f32>;
@group(0) @binding(5) var<storage, read_write> targets: array<f32>;

@compute @workgroup_size(64)
fn gather(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  if (index >= batch * (pixels + outputs)) { return; }
  if (index < batch * pixels) {
    let byte = order[step.batchStart + index / pixels] * pixels + index % pixels;
    x[index] = f32((images[byte / 4u] >> (byte % 4u * 8u)) & 0xffu) / 255.0;
  } else {
    let i = index - batch * pixels;
    targets[i] = labels[order[step.batchStart + i / outputs] * outputs + i % outputs];
  }
}

@group(0) @binding(1) var<storage, read> prediction: array<f32>;
@group(0) @binding(2) var<storage, read_write> predictions: array<f32>; // of the epoch, in its order

@compute @workgroup_size(64)
fn collect(@builtin(global_invocation_id) id: vec3u) {
  // predictions[start + n, k] = prediction[n, k]
  if (id.x >= batch * outputs) { return; }
  predictions[step.batchStart * outputs + id.x] = prediction[id.x];
}
