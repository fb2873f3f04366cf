// kernelRegularizer: adds the gradient of L1 and L2 penalties on kernels to that of the loss, by Keras's rule.
//
//   penalty  = l1 * sum |w| + l2 * sum w^2                  over the weights of convolutions and dense layers
//   g       += l1 * sign(w) + 2 * l2 * w                    where isKernel, sign(0) = 0; elsewhere g stays
//
//   w, g: vec4f[size / 4], every parameter one after another    isKernel: u32[size / 64], 1 or 0
//
// Dispatch: one invocation per four elements. Each parameter starts at a multiple of 64 elements, so that one word says
// of 64 elements whether they are of a kernel; what fills up the last of them is 0 in w, and so adds nothing.

const size: u32 = 64u; // dimension: elements, a multiple of 64
const l1: f32 = 0.0; // tunable
const l2: f32 = 0.0; // tunable

@group(0) @binding(0) var<storage, read> w: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> g: array<vec4f>;
@group(0) @binding(2) var<storage, read> isKernel: array<u32>;

@compute @workgroup_size(64)
fn add(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= size / 4u) { return; }
  if (isKernel[i / 16u] == 1u) { g[i] += l1 * sign(w[i]) + 2.0 * l2 * w[i]; }
}
