// pupil: what the objective lets through of a spectrum, and the conjugate that turns the next transform into its inverse.
//
//   y[n,k,l] = conj(P(|f|) * x[n,k,l]) / grid^2      f = (l', k') / fieldOfView in cycles per micrometre
//   k' = k for k < grid/2, else k - grid             P: between the nodes of a profile by straight lines, 0 beyond the last
//
//   x, y: vec2f[N,grid,grid]    profiles: vec2f[N,nodes], (real, imaginary) at multiples of the shot's frequencyStep
//
// Dispatch: one invocation per frequency, y over rows, z over images.

const grid: u32 = 16u; // tunable: a power of two
const nodes: u32 = 2u; // tunable

@group(0) @binding(0) var<storage, read> shots: array<Shot>;
@group(0) @binding(1) var<storage, read> profiles: array<vec2f>;
@group(0) @binding(2) var<storage, read> x: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec2f>;

fn frequencyOf(k: u32) -> f32 {
  return select(f32(k), f32(k) - f32(grid), k >= grid / 2u);
}

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
  // no tail: 64 divides the frequencies of a row
  let n = group.z;
  let frequency = length(vec2f(frequencyOf(id.x), frequencyOf(id.y))) / shots[n].fieldOfView;
  let at = min(frequency / shots[n].frequencyStep, f32(nodes - 1u));
  let node = min(u32(at), nodes - 2u);
  let between = mix(profiles[n * nodes + node], profiles[n * nodes + node + 1u], at - f32(node));
  let index = (n * grid + id.y) * grid + id.x;
  let value = x[index];
  let passed = vec2f(between.x * value.x - between.y * value.y, between.x * value.y + between.y * value.x);
  y[index] = vec2f(passed.x, -passed.y) / f32(grid * grid);
}
