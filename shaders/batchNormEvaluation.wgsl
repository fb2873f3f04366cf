// batchNormEvaluation: the scales and shifts of a network's batch normalisations in evaluation mode, for whoever reads what
// they would have written: y = scale[c] * a + shift[c].
//
//   inverse = 1 / sqrt(var + epsilon)    scale = gamma * inverse    shift = beta - mean * scale
//   mean and var are the moving ones
//
//   statistics: vec4f[E], (scale, shift, mean, inverse), a run of entries for each normalisation
//   parameters, moving: f32[], the slots of gamma and beta and of the moving statistics, all normalisations' together
//   places: vec4u[E], where an entry's gamma, beta, mean and var stand in them    epsilons: f32[E]
//
// An invocation an entry.

const entries: u32 = 1u; // dimension: E

@group(0) @binding(0) var<storage, read> parameters: array<f32>;
@group(0) @binding(1) var<storage, read> moving: array<f32>;
@group(0) @binding(2) var<storage, read> places: array<vec4u>;
@group(0) @binding(3) var<storage, read> epsilons: array<f32>;
@group(0) @binding(4) var<storage, read_write> statistics: array<vec4f>;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let e = id.y * groups.x * 64u + id.x;
  if (e >= entries) { return; }
  let place = places[e];
  let mean = moving[place.z];
  let inverse = 1.0 / sqrt(moving[place.w] + epsilons[e]);
  let scale = parameters[place.x] * inverse;
  statistics[e] = vec4f(scale, parameters[place.y] - mean * scale, mean, inverse);
}
