// relu: the rectifier, also leaky, and its gradient.
//
//   forward    y[i]  = x[i] > 0 ? x[i] : slope * x[i]
//   backward   dx[i] = x[i] > 0 ? dy[i] : slope * dy[i]
//
//   x, y, dx, dy: f32[size]
//
// Dispatch: one invocation per element. slope = 0 gives ReLU. At exactly 0 the gradient is that of the left side, as in
// TensorFlow. With slope >= 0 the sign of y is the sign of x, so backward may be given either as x.

const size: u32 = 1u; // tunable
const slope: f32 = 0.0; // tunable

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  if (index >= size) { return; }
  y[index] = select(slope * x[index], x[index], x[index] > 0.0);
}

@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  if (index >= size) { return; }
  dx[index] = select(slope * dy[index], dy[index], x[index] > 0.0);
}
