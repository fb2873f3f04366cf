// probe: how fast an adapter is at best, for `cellgrad doctor` and as the peak that benchmarks are a share of.
//
//   copy          y[i] = x[i]: the bandwidth of kernels, reads and writes counted
//   multiplyAdd   a[k] = a[k] * factor + k for eight independent chains, 4 * rounds times: 64 * rounds floating-point
//                 operations an invocation, and always eight that need not wait for each other
//
//   x, y: vec4f[4 * size] for copy, f32[size] for multiplyAdd
//
// Dispatch: one invocation per four vectors of copy, a stride of `size` apart so that neighbours read neighbours; one
// per element of multiplyAdd. The factor is read from memory, so that no compiler can do the sum beforehand; it is 1/2,
// and a[k] tends to 2k, far from infinity and from denormal numbers.

const size: u32 = 1u; // tunable
const rounds: u32 = 1u; // tunable

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<storage, read> factors: array<f32>;
@group(0) @binding(3) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(64)
fn copy(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  if (index >= size) { return; }
  for (var part = 0u; part < 4u; part++) { // unroll
    y[index + part * size] = x[index + part * size];
  }
}

@compute @workgroup_size(64)
fn multiplyAdd(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  if (index >= size) { return; }
  let factor = factors[index];
  var a: array<f32, 8>; // scalars
  for (var round = 0u; round < rounds; round++) {
    for (var step = 0u; step < 4u; step++) { // unroll
      for (var k = 0u; k < 8u; k++) { // unroll
        a[k] = a[k] * factor + f32(k);
      }
    }
  }
  sums[index] = a[0] + a[1] + a[2] + a[3] + a[4] + a[5] + a[6] + a[7];
}
