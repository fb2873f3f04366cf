// add: the sum of two tensors, element by element.
//
//   y[i] = a[i] + b[i]
//
//   a, b, y: f32[size]
//
// Dispatch: one invocation per element. Where a tensor is used twice, its gradient is such a sum.

const size: u32 = 1u; // tunable

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  if (index >= size) { return; }
  y[index] = a[index] + b[index];
}
