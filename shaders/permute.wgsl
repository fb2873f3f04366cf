// permute: elements of a vector in another order.
//
//   y[i] = x[table[i]]        0 where table[i] lies outside x
//
//   x: f32[length]    table: vec4u[size / 4]    y: vec4f[size / 4]
//
// Dispatch: one invocation per four elements of y, whose size is a multiple of 4.
// A Program makes the copies of its weights that a kernel wants in another order with one such launch a run.

const size: u32 = 4u; // dimension: elements of y
const length: u32 = 1u; // dimension: elements of x

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> table: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  if (index >= size / 4u) { return; }
  let at = table[index];
  let safe = min(at, vec4u(length - 1u));
  y[index] = select(vec4f(), vec4f(x[safe.x], x[safe.y], x[safe.z], x[safe.w]), at < vec4u(length));
}
