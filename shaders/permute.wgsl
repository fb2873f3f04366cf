// permute: elements of a vector in another order.
//
//   y[i] = x[table[i]]        0 where table[i] lies outside x
//
//   x: f32[length]    table: u32[size]    y: f32[size]
//
// Dispatch: one invocation per element of y.
// A Program makes the copies of its weights that a kernel wants in another order with one such launch a run.

const size: u32 = 1u; // tunable: elements of y
const length: u32 = 1u; // tunable: elements of x

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> table: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  if (index >= size) { return; }
  let at = table[index];
  y[index] = select(0.0, x[min(at, length - 1u)], at < length);
}
