// batchNormFeatures: batch normalisation of the features of a dense layer in training, and its gradient, one launch each.
//
//   the mathematics of batchNorm.wgsl with P = 1: mean and variance of a feature over the N samples of the batch
//
//   x, y, dx, dy: f32[N,C]    gamma, beta, moving*: f32[C]    saved: vec2f[C], mean and 1/sqrt(var + epsilon)
//
// Dispatch: one invocation per feature. A batch is short, so one invocation walks over it: the mean, then the centred
// squares, then the result.

const batch: u32 = 2u; // tunable: N
const channels: u32 = 1u; // tunable: C
const epsilon: f32 = 0.001; // tunable
const momentum: f32 = 0.99; // tunable
const relu: bool = false; // tunable

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> gamma: array<f32>;

@group(0) @binding(2) var<storage, read> beta: array<f32>;
@group(0) @binding(3) var<storage, read_write> movingMean: array<f32>;
@group(0) @binding(4) var<storage, read_write> movingVariance: array<f32>;
@group(0) @binding(5) var<storage, read_write> saved: array<vec2f>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;

fn rectified(value: f32) -> f32 {
  return select(value, max(value, 0.0), relu);
}

@compute @workgroup_size(32)
fn forward(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  if (c >= channels) { return; }
  var sum = 0.0;
  for (var n = 0u; n < batch; n++) { sum += rectified(x[n * channels + c]); }
  let mean = sum / f32(batch);
  var centred = 0.0;
  for (var n = 0u; n < batch; n++) {
    let deviation = rectified(x[n * channels + c]) - mean;
    centred += deviation * deviation;
  }
  let variance = centred / f32(batch);
  let inverse = 1.0 / sqrt(variance + epsilon);
  movingMean[c] = momentum * movingMean[c] + (1.0 - momentum) * mean;
  movingVariance[c] = momentum * movingVariance[c] + (1.0 - momentum) * variance;
  saved[c] = vec2f(mean, inverse);
  for (var n = 0u; n < batch; n++) {
    let at = n * channels + c;
    y[at] = gamma[c] * ((rectified(x[at]) - mean) * inverse) + beta[c];
  }
}

@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> used: array<vec2f>; // saved
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
@group(0) @binding(5) var<storage, read_write> dgamma: array<f32>;
@group(0) @binding(6) var<storage, read_write> dbeta: array<f32>;

@compute @workgroup_size(32)
fn backward(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  if (c >= channels) { return; }
  let mean = used[c].x;
  let inverse = used[c].y;
  var sum = vec2f(); // of dy, and of dy * xhat
  for (var n = 0u; n < batch; n++) {
    let at = n * channels + c;
    sum += dy[at] * vec2f(1.0, (rectified(x[at]) - mean) * inverse);
  }
  dbeta[c] = sum.x;
  dgamma[c] = sum.y;
  let means = sum / f32(batch);
  for (var n = 0u; n < batch; n++) {
    let at = n * channels + c;
    let xhat = (rectified(x[at]) - mean) * inverse;
    let gradient = gamma[c] * inverse * (dy[at] - means.x - xhat * means.y);
    dx[at] = select(gradient, 0.0, relu & (x[at] <= 0.0));
  }
}
