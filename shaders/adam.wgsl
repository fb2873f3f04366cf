// adam: one step of Adam (Kingma and Ba, 2015) over all parameters at once, by Keras's rule.
//
//   t      = step.index + 1
//   m     <- m + (1 - beta1) * (g - m)                   running mean of the gradient
//   v     <- v + (1 - beta2) * (g^2 - v)                 running mean of its square
//   alpha  = learningRate * sqrt(1 - beta2^t) / (1 - beta1^t)
//   w     <- w - alpha * m / (sqrt(v) + epsilon)
//
//   w, g, m, v: vec4f[size / 4], every parameter one after another
//
// Dispatch: one invocation per four elements: a slot of parameters is a multiple of 256 bytes.
// This is the paper's shorter form: its epsilon, "epsilon hat", is added to the root of v as it is. The longer form adds
// it to the root of v / (1 - beta2^t), where it weighs 1 / sqrt(1 - beta2^t) as much: 32 times at the first step.
// The constants come as 1 - beta and as ln(beta), from float64: 1 - 0.999 in f32 has but four right digits.

const size: u32 = 4u; // dimension: elements, a multiple of 4
const fresh1: f32 = 0.1; // tunable: 1 - beta1
const fresh2: f32 = 0.001; // tunable: 1 - beta2
const logBeta1: f32 = -0.105360516; // tunable
const logBeta2: f32 = -0.0010005003; // tunable
const epsilon: f32 = 1e-7; // tunable

@group(0) @binding(1) var<storage, read_write> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> g: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> v: array<vec4f>;

// 1 - beta^t, of x = t * ln(beta) <= 0. Near 0 by Taylor's series of eight terms, since 1 - exp(x) cancels there.
fn bias(x: f32) -> f32 {
  let series = -x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0 * (1.0 + x / 6.0 *
    (1.0 + x / 7.0 * (1.0 + x / 8.0)))))));
  return select(1.0 - exp(x), series, x > -0.5);
}

@compute @workgroup_size(64)
fn update(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= size / 4u) { return; }
  let t = f32(step.index + 1u);
  let alpha = step.learningRate * sqrt(bias(t * logBeta2)) / bias(t * logBeta1);
  let gradient = g[i];
  let mean = m[i] + fresh1 * (gradient - m[i]);
  let square = v[i] + fresh2 * (gradient * gradient - v[i]);
  m[i] = mean;
  v[i] = square;
  w[i] -= alpha * mean / (sqrt(square) + epsilon);
}
