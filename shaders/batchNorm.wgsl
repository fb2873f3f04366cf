// batchNorm: batch normalisation per channel, optionally of the rectified input, and its gradient.
//
//   a = relu ? max(x, 0) : x                       "prologue": batchNorm(relu(x)) in one pass
//   mean[c], var[c] = over all n,p of a[n,c,p]     the biased variance (divided by M = N*P)
//   xhat = (a - mean[c]) * inv[c]                  inv = 1 / sqrt(var + epsilon)
//   y    = gamma[c] * xhat + beta[c]
//   moving = momentum * moving + (1 - momentum) * batch statistic
//
//   dbeta[c] = sum dy     dgamma[c] = sum dy * xhat
//   dx = gamma * inv * (dy - dbeta/M - xhat * dgamma/M)    times (x > 0) if relu
//   With training = false mean and var are the moving ones, constants: dx = gamma * inv * dy.
//
//   x, y, dx, dy: f32[N,C,P]; P = H*W, or 1 after a dense layer    gamma, beta, moving*: f32[C]
//   saved: vec2f[C], mean and inv    partials: vec2f[C,splits]
//
// statistics, gradientSums: one workgroup per (split, c); a split is a run of images. The numbers are shifted by the
//   first of them before they are squared: where the mean is large, plain sums of squares would lose the variance.
// normalize, infer, inputGradient: lanesPerPlane invocations per (n, c); each merges the splits' results itself (Chan,
//   Golub, LeVeque 1979), which saves a launch. Those of image 0 also write what is kept for each channel.
// Every sum has a fixed order, so the same input gives the same bits.

const batch: u32 = 1u; // tunable: N
const channels: u32 = 1u; // tunable: C
const plane: u32 = 1u; // tunable: P
const splits: u32 = 1u; // tunable: parts of the batch
const epsilon: f32 = 0.001; // tunable
const momentum: f32 = 0.99; // tunable
const relu: bool = false; // tunable
const training: bool = true; // tunable

const lanes: u32 = 64u;
const imagesPerSplit: u32 = (batch + splits - 1u) / splits;
const roundsPerSplit: u32 = (imagesPerSplit * plane + lanes - 1u) / lanes;
const lanesPerPlane: u32 = min(plane, lanes);
const roundsPerPlane: u32 = (plane + lanesPerPlane - 1u) / lanesPerPlane;
const invocations: u32 = batch * channels * lanesPerPlane;
const total: f32 = f32(batch * plane); // M

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> partials: array<vec2f>;

var<workgroup> laneSums: array<vec2f, lanes>;

/// The sum of every lane's value, in the order of the lanes; only lane 0 knows it.
fn sumOfLanes(value: vec2f, lane: u32) -> vec2f {
  laneSums[lane] = value;
  workgroupBarrier();
  var sum = vec2f();
  if (lane == 0u) {
    for (var l = 0u; l < lanes; l++) { sum += laneSums[l]; }
  }
  return sum;
}

/// How many numbers of a channel belong to a split.
fn countOf(split: u32) -> u32 {
  return (min(batch, (split + 1u) * imagesPerSplit) - min(batch, split * imagesPerSplit)) * plane;
}

/// Where the k-th number of a split stands in x.
fn indexOf(split: u32, c: u32, k: u32) -> u32 {
  return ((split * imagesPerSplit + k / plane) * channels + c) * plane + k % plane;
}

fn rectified(value: f32) -> f32 {
  return select(value, max(value, 0.0), relu);
}

@compute @workgroup_size(lanes)
fn statistics(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  // no tail: the grid is exact
  let split = group.x;
  let c = group.y;
  let count = countOf(split);
  let shift = rectified(x[indexOf(split, c, 0u)]);
  var sum = vec2f(); // of a - shift, and of its square
  for (var r = 0u; r < roundsPerSplit; r++) {
    let k = r * lanes + lane;
    if (k < count) {
      let shifted = rectified(x[indexOf(split, c, k)]) - shift;
      sum += vec2f(shifted, shifted * shifted);
    }
  }
  let sums = sumOfLanes(sum, lane);
  if (lane == 0u) {
    let mean = sums.x / max(f32(count), 1.0);
    partials[c * splits + split] = vec2f(shift + mean, max(sums.y - sums.x * mean, 0.0));
  }
}

@group(0) @binding(1) var<storage, read> splitResults: array<vec2f>; // partials
@group(0) @binding(2) var<storage, read> gamma: array<f32>;
@group(0) @binding(3) var<storage, read> beta: array<f32>;
@group(0) @binding(4) var<storage, read_write> movingMean: array<f32>;
@group(0) @binding(5) var<storage, read_write> movingVariance: array<f32>;
@group(0) @binding(6) var<storage, read_write> saved: array<vec2f>;
@group(0) @binding(7) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(lanes)
fn normalize(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * lanes + id.x;
  if (index >= invocations) { return; }
  let lane = index % lanesPerPlane;
  let image = index / lanesPerPlane; // n * C + c
  let c = image % channels;

  var count = 0.0;
  var mean = 0.0;
  var centred = 0.0; // sum of squared deviations from the mean
  for (var s = 0u; s < splits; s++) {
    let part = splitResults[c * splits + s];
    let own = f32(countOf(s));
    let sum = max(count + own, 1.0);
    let delta = part.x - mean;
    centred += part.y + delta * delta * count * own / sum;
    mean += delta * own / sum;
    count += own;
  }
  let variance = centred / total;
  let inverse = 1.0 / sqrt(variance + epsilon);
  if (image < channels && lane == 0u) {
    movingMean[c] = momentum * movingMean[c] + (1.0 - momentum) * mean;
    movingVariance[c] = momentum * movingVariance[c] + (1.0 - momentum) * variance;
    saved[c] = vec2f(mean, inverse);
  }

  let scale = gamma[c];
  let shift = beta[c];
  for (var r = 0u; r < roundsPerPlane; r++) {
    let p = r * lanesPerPlane + lane;
    if (p < plane) {
      let at = image * plane + p;
      y[at] = scale * ((rectified(x[at]) - mean) * inverse) + shift;
    }
  }
}

@group(0) @binding(4) var<storage, read> knownMean: array<f32>; // movingMean
@group(0) @binding(5) var<storage, read> knownVariance: array<f32>; // movingVariance

@compute @workgroup_size(lanes)
fn infer(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * lanes + id.x;
  if (index >= invocations) { return; }
  let lane = index % lanesPerPlane;
  let image = index / lanesPerPlane;
  let c = image % channels;
  let mean = knownMean[c];
  let inverse = 1.0 / sqrt(knownVariance[c] + epsilon);
  if (image < channels && lane == 0u) { saved[c] = vec2f(mean, inverse); }
  let scale = gamma[c];
  let shift = beta[c];
  for (var r = 0u; r < roundsPerPlane; r++) {
    let p = r * lanesPerPlane + lane;
    if (p < plane) {
      let at = image * plane + p;
      y[at] = scale * ((rectified(x[at]) - mean) * inverse) + shift;
    }
  }
}

@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> used: array<vec2f>; // saved

@compute @workgroup_size(lanes)
fn gradientSums(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  // no tail: the grid is exact
  let split = group.x;
  let c = group.y;
  let count = countOf(split);
  let mean = used[c].x;
  let inverse = used[c].y;
  var sum = vec2f(); // of dy, and of dy * xhat
  for (var r = 0u; r < roundsPerSplit; r++) {
    let k = r * lanes + lane;
    if (k < count) {
      let at = indexOf(split, c, k);
      sum += dy[at] * vec2f(1.0, (rectified(x[at]) - mean) * inverse);
    }
  }
  let result = sumOfLanes(sum, lane);
  if (lane == 0u) { partials[c * splits + split] = result; }
}

@group(0) @binding(4) var<storage, read> scales: array<f32>; // gamma
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;
@group(0) @binding(6) var<storage, read_write> dgamma: array<f32>;
@group(0) @binding(7) var<storage, read_write> dbeta: array<f32>;

@compute @workgroup_size(lanes)
fn inputGradient(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * lanes + id.x;
  if (index >= invocations) { return; }
  let lane = index % lanesPerPlane;
  let image = index / lanesPerPlane;
  let c = image % channels;
  var sum = vec2f();
  for (var s = 0u; s < splits; s++) { sum += splitResults[c * splits + s]; }
  if (image < channels && lane == 0u) {
    dbeta[c] = sum.x;
    dgamma[c] = sum.y;
  }

  let mean = used[c].x;
  let inverse = used[c].y;
  let scale = scales[c] * inverse;
  let means = select(vec2f(), sum / total, training);
  for (var r = 0u; r < roundsPerPlane; r++) {
    let p = r * lanesPerPlane + lane;
    if (p < plane) {
      let at = image * plane + p;
      let xhat = (rectified(x[at]) - mean) * inverse;
      let gradient = scale * (dy[at] - means.x - xhat * means.y);
      dx[at] = select(gradient, 0.0, relu & (x[at] <= 0.0));
    }
  }
}
