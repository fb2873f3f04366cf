// copy: the same numbers in another place.
//
//   y[i] = x[i]
//
//   x, y: f32[size]
//
// Dispatch: one invocation per element. Only where a gradient already has a place: two parameters that share it.

const size: u32 = 1u; // tunable

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  if (index >= size) { return; }
  y[index] = x[index];
}
