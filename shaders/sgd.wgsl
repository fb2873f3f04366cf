// sgd: one step of stochastic gradient descent over all parameters at once, by Keras's rule.
//
//   w <- w - learningRate * g                            plain
//   m <- momentum * m - learningRate * g                 accelerated
//   w <- w + (nesterov ? momentum * m - learningRate * g : m)
//
//   w, g, m: vec4f[size / 4], every parameter one after another
//
// Dispatch: one invocation per four elements: a slot of parameters is a multiple of 256 bytes.
// m holds steps and not gradients: where the learning rate changes, steps that were taken keep the one they had.

const size: u32 = 4u; // dimension: elements, a multiple of 4
const momentum: f32 = 0.0; // tunable
const nesterov: bool = false; // tunable: look ahead by the momentum

@group(0) @binding(1) var<storage, read_write> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> g: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> m: array<vec4f>;

@compute @workgroup_size(64)
fn plain(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= size / 4u) { return; }
  w[i] -= step.learningRate * g[i];
}

@compute @workgroup_size(64)
fn accelerated(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= size / 4u) { return; }
  let descent = step.learningRate * g[i];
  let velocity = momentum * m[i] - descent;
  m[i] = velocity;
  w[i] += select(velocity, momentum * velocity - descent, nesterov);
}
