// batchNormFused: batch normalisation between kernels that do a part of its work: the convolution before it has summed up
// what it read, whoever reads its output scales and shifts it, and the gradient comes with its sums.
//
//   a: f32[N,C,P], the rectified input, P = H*W    y = scale[c] * a + shift[c]
//   scale = gamma * inverse    shift = beta - mean * scale    inverse = 1 / sqrt(var + epsilon)    var biased, M = N*P
//   statistics: vec4f[C], (scale, shift, mean, inverse)
//   moments: vec4f[C,parts], (count, mean, sum of squared deviations, 0) of parts of a
//   gradientSums: vec2f[C,parts], parts of sum dy and of sum dy * xhat, xhat = (a - mean) * inverse
//
//   dbeta = sum dy    dgamma = sum dy * xhat
//   da = scale * (dy - dbeta/M - xhat * dgamma/M)    times (a > 0) if relu
//   With training = false mean and var are the moving ones, constants: da = scale * dy. batchNormEvaluation.wgsl makes
//   the statistics then.
//
// If pooled, y went through a max pool of windows side by side: dy: f32[N,C,PH*PW] belongs to the pool's output, and
// arg: u32[N,C,PH*PW] says which element of the plane it goes to; elsewhere the gradient is 0.
//
// finish: a workgroup a channel merges the parts, var = sum of (squares + count * (mean of the part - mean)^2) / M, and moves
// the moving statistics.
// normalise: a workgroup a plane writes y, where its reader cannot.
// sumGradients: a workgroup per (part, c) makes gradientSums, where the gradient came without; a part is a run of images.
// inputGradient: a workgroup a plane; an invocation a window of the pool, or an element.
// inputGradientVectors: the same without a pool, four elements at a time, where four divides P.
// inputGradientPairs: the same of a pool whose windows are two wide, where W is even: the two elements of a row at a time.
// Every sum has a fixed order.

const batch: u32 = 1u; // dimension: N
const channels: u32 = 1u; // dimension: C
const height: u32 = 4u; // dimension: H
const width: u32 = 4u; // dimension: W
const pooledHeight: u32 = 2u; // dimension: PH
const pooledWidth: u32 = 2u; // dimension: PW
const parts: u32 = 1u; // dimension
const lanes: u32 = 64u; // tunable: invocations of a workgroup
const windowHeight: u32 = 1u; // tunable: of the pool
const windowWidth: u32 = 1u; // tunable
const pooled: bool = false; // tunable
const relu: bool = false; // tunable
const training: bool = true; // tunable
const epsilon: f32 = 0.001; // tunable
const momentum: f32 = 0.99; // tunable

const columns: u32 = 1u; // of totalOf: all lanes of a workgroup share a sum
const plane: u32 = height * width;
const planeRounds: u32 = (plane + lanes - 1u) / lanes;
const partRounds: u32 = (parts + lanes - 1u) / lanes;
const vectorRounds: u32 = (plane / 4u + lanes - 1u) / lanes;
const windowRows: u32 = (height + windowHeight - 1u) / windowHeight;
const windowColumns: u32 = (width + windowWidth - 1u) / windowWidth;
const windowRounds: u32 = (windowRows * windowColumns + lanes - 1u) / lanes;
const imagesPerPart: u32 = (batch + parts - 1u) / parts;
const pooledPlane: u32 = pooledHeight * pooledWidth;
const sumRounds: u32 = (imagesPerPart * pooledPlane + lanes - 1u) / lanes;

@group(0) @binding(0) var<storage, read> moments: array<vec4f>;
@group(0) @binding(1) var<storage, read> gamma: array<f32>;
@group(0) @binding(2) var<storage, read> beta: array<f32>;
@group(0) @binding(3) var<storage, read_write> movingMean: array<f32>;
@group(0) @binding(4) var<storage, read_write> movingVariance: array<f32>;
@group(0) @binding(5) var<storage, read_write> statistics: array<vec4f>;

@compute @workgroup_size(lanes)
fn finish(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  // no tail: the grid is exact
  let c = group.x;
  var own = vec2f(); // the count, and the sum of the values
  for (var r = 0u; r < partRounds; r++) {
    let s = r * lanes + lane;
    if (s < parts) {
      let part = moments[c * parts + s];
      own += vec2f(part.x, part.x * part.y);
    }
  }
  let whole = totalOf(lane, own);
  let mean = whole.y / whole.x;
  var squares = 0.0;
  for (var r = 0u; r < partRounds; r++) {
    let s = r * lanes + lane;
    if (s < parts) {
      let part = moments[c * parts + s];
      squares += part.z + part.x * (part.y - mean) * (part.y - mean);
    }
  }
  let variance = totalOf(lane, vec2f(squares, 0.0)).x / whole.x;
  if (lane == 0u) {
    let inverse = 1.0 / sqrt(variance + epsilon);
    let scale = gamma[c] * inverse;
    statistics[c] = vec4f(scale, beta[c] - mean * scale, mean, inverse);
    movingMean[c] = momentum * movingMean[c] + (1.0 - momentum) * mean;
    movingVariance[c] = momentum * movingVariance[c] + (1.0 - momentum) * variance;
  }
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> used: array<vec4f>; // statistics
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(lanes)
fn normalise(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let image = group.y * groups.x + group.x;
  if (image >= batch * channels) { return; }
  let affine = used[image % channels];
  for (var r = 0u; r < planeRounds; r++) {
    let p = r * lanes + lane;
    if (p < plane) { y[image * plane + p] = affine.x * a[image * plane + p] + affine.y; }
  }
}

@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> arg: array<u32>;
@group(0) @binding(4) var<storage, read_write> madeSums: array<vec2f>; // gradientSums

@compute @workgroup_size(lanes)
fn sumGradients(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  // no tail: the grid is exact
  let c = group.y;
  let firstImage = min(batch, group.x * imagesPerPart);
  let count = (min(batch, firstImage + imagesPerPart) - firstImage) * pooledPlane;
  let affine = used[c];
  var sum = vec2f();
  for (var r = 0u; r < sumRounds; r++) {
    let k = r * lanes + lane;
    if (k < count) {
      let image = (firstImage + k / pooledPlane) * channels + c;
      let at = image * pooledPlane + k % pooledPlane;
      var element = k % pooledPlane;
      if (pooled) { // fold
        element = arg[at];
      }
      sum += dy[at] * vec2f(1.0, (a[image * plane + element] - affine.z) * affine.w);
    }
  }
  let total = totalOf(lane, sum);
  if (lane == 0u) { madeSums[c * parts + group.x] = total; }
}

@group(0) @binding(4) var<storage, read> gradientSums: array<vec2f>;
@group(0) @binding(5) var<storage, read_write> da: array<f32>;
@group(0) @binding(6) var<storage, read_write> dgamma: array<f32>;
@group(0) @binding(7) var<storage, read_write> dbeta: array<f32>;

/// The means of dy and of dy * xhat over a channel; invocation 0 of a channel's first image keeps their sums.
fn meansOf(image: u32, c: u32, lane: u32) -> vec2f {
  var own = vec2f();
  for (var r = 0u; r < partRounds; r++) {
    let s = r * lanes + lane;
    if (s < parts) { own += gradientSums[c * parts + s]; }
  }
  let total = totalOf(lane, own);
  if ((lane == 0u) & (image < channels)) {
    dbeta[c] = total.x;
    dgamma[c] = total.y;
  }
  return select(vec2f(), total / f32(batch * plane), training);
}

@compute @workgroup_size(lanes)
fn inputGradient(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let image = group.y * groups.x + group.x; // n * C + c
  if (image >= batch * channels) { return; }
  let c = image % channels;
  let means = meansOf(image, c, lane);
  let affine = used[c];
  for (var r = 0u; r < windowRounds; r++) {
    let window = r * lanes + lane;
    if (window < windowRows * windowColumns) {
      var i = 0u;
      var j = window;
      var gradient = 0.0;
      var winner = window;
      if (!pooled) { // fold
        gradient = dy[image * plane + window];
      }
      if (pooled) { // fold
        // Floats divide many times as fast as whole numbers on a processor, and exactly up to 2^20.
        i = u32((f32(window) + 0.5) / f32(windowColumns));
        j = window - i * windowColumns;
        let complete = (i < pooledHeight) & (j < pooledWidth);
        let at = image * pooledPlane + select(0u, i * pooledWidth + j, complete);
        gradient = select(0.0, dy[at], complete);
        winner = arg[at];
      }
      for (var u = 0u; u < windowHeight; u++) { // unroll
        for (var v = 0u; v < windowWidth; v++) { // unroll
          let row = i * windowHeight + u;
          let column = j * windowWidth + v;
          var element = window;
          if (pooled) { // fold
            element = row * width + column;
          }
          if (!pooled | ((row < height) & (column < width))) {
            let value = a[image * plane + element];
            let xhat = (value - affine.z) * affine.w;
            let direct = select(0.0, gradient, element == winner);
            let whole = affine.x * (direct - means.x - xhat * means.y);
            da[image * plane + element] = select(whole, 0.0, relu & (value <= 0.0));
          }
        }
      }
    }
  }
}

@group(0) @binding(0) var<storage, read> aVectors: array<vec4f>;
@group(0) @binding(2) var<storage, read> dyVectors: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> daVectors: array<vec4f>;

@compute @workgroup_size(lanes)
fn inputGradientVectors(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let image = group.y * groups.x + group.x; // n * C + c
  if (image >= batch * channels) { return; }
  let c = image % channels;
  let means = meansOf(image, c, lane);
  let affine = used[c];
  for (var r = 0u; r < vectorRounds; r++) {
    let v = r * lanes + lane;
    if (v < plane / 4u) {
      let at = image * (plane / 4u) + v;
      let value = aVectors[at];
      let whole = affine.x * (dyVectors[at] - means.x - (value - affine.z) * affine.w * means.y);
      daVectors[at] = select(whole, vec4f(), (value <= vec4f()) & vec4<bool>(relu));
    }
  }
}

@group(0) @binding(0) var<storage, read> aPairs: array<vec2f>;
@group(0) @binding(5) var<storage, read_write> daPairs: array<vec2f>;

@compute @workgroup_size(lanes)
fn inputGradientPairs(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let image = group.y * groups.x + group.x; // n * C + c
  if (image >= batch * channels) { return; }
  let c = image % channels;
  let means = meansOf(image, c, lane);
  let affine = used[c];
  for (var r = 0u; r < windowRounds; r++) {
    let window = r * lanes + lane;
    if (window < windowRows * windowColumns) {
      let i = u32((f32(window) + 0.5) / f32(windowColumns)); // as in inputGradient
      let j = window - i * windowColumns;
      let complete = i < pooledHeight;
      let at = image * pooledPlane + select(0u, i * pooledWidth + j, complete);
      let gradient = select(0.0, dy[at], complete);
      let winner = arg[at];
      for (var u = 0u; u < windowHeight; u++) { // unroll
        let row = i * windowHeight + u;
        if (row < height) {
          let element = row * width + j * 2u;
          let pair = (image * plane + element) / 2u;
          let value = aPairs[pair];
          let direct = select(vec2f(), vec2f(gradient), vec2u(element, element + 1u) == vec2u(winner));
          let whole = affine.x * (direct - means.x - (value - affine.z) * affine.w * means.y);
          daPairs[pair] = select(whole, vec2f(), (value <= vec2f()) & vec2<bool>(relu));
        }
      }
    }
  }
}
