// rmsprop: one step of RMSprop over all parameters at once.
//
//   v  <- rho * v + (1 - rho) * g^2                      running mean of the squared gradient
//   mg <- rho * mg + (1 - rho) * g                       centered only: running mean of the gradient
//   d   = v, or v - mg^2 if centered                     an estimate of the gradient's second moment or variance
//   u   = learningRate * g / (inside ? sqrt(d + epsilon) : sqrt(d) + epsilon)
//   w  <- w - u                                          plain
//   m  <- momentum * m + u;  w <- w - m                  with momentum
//
//   w, g, v, m, mg: vec4f[size / 4], every parameter one after another
//
// Dispatch: one invocation per four elements: a slot of parameters is a multiple of 256 bytes.
// Keras put epsilon outside the root up to version 2.10 and inside from 2.11 on: where gradients are small it matters
// tenfold. TensorFlow's fused kernel, which the older version uses with momentum, has it inside.

const size: u32 = 4u; // dimension: elements, a multiple of 4
const rho: f32 = 0.9; // tunable
const epsilon: f32 = 1e-7; // tunable
const inside: bool = true; // tunable: epsilon inside the root
const momentum: f32 = 0.0; // tunable
const centered: bool = false; // tunable

@group(0) @binding(1) var<storage, read_write> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> g: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> v: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> mg: array<vec4f>;

fn update(gradient: vec4f, moment: vec4f) -> vec4f {
  let root = select(sqrt(moment) + epsilon, sqrt(moment + epsilon), inside);
  return step.learningRate * gradient / root;
}

@compute @workgroup_size(64)
fn plain(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= size / 4u) { return; }
  let gradient = g[i];
  let moment = rho * v[i] + (1.0 - rho) * gradient * gradient;
  v[i] = moment;
  w[i] -= update(gradient, moment);
}

@compute @workgroup_size(64)
fn full(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= size / 4u) { return; }
  let gradient = g[i];
  let moment = rho * v[i] + (1.0 - rho) * gradient * gradient;
  let mean = rho * mg[i] + (1.0 - rho) * gradient;
  let variance = max(moment - mean * mean, vec4f()); // rounding may take it below zero
  let velocity = momentum * m[i] + update(gradient, select(moment, variance, centered));
  v[i] = moment;
  mg[i] = mean;
  m[i] = velocity;
  w[i] -= velocity;
}
