// denseNorm: a dense layer with the batch normalisation and the dropout that follow it, in training.
//
//   z[n,c]    = b[c] + sum over k of x[n,k] * w[k,c]        r = max(z, 0) if relu, else z
//   mean[c]   = 1/N * sum over n of r[n,c]                  var[c] = 1/N * sum over n of (r[n,c] - mean[c])^2
//   h[n,c]    = (r[n,c] - mean[c]) * inverse[c]             inverse[c] = 1 / sqrt(var[c] + epsilon)
//   y[n,c]    = m[n,c] * (gamma[c] * h[n,c] + beta[c])      m = u >= rate ? 1 / (1 - rate) : 0, as in dropout.wgsl
//   moving[c] = momentum * moving[c] + (1 - momentum) * mean[c], and alike the variance
//
//   d[n,c]    = m[n,c] * dy[n,c]    dbeta[c] = sum over n of d[n,c]    dgamma[c] = sum over n of d[n,c] * h[n,c]
//   dz[n,c]   = gamma[c] * inverse[c] * (d[n,c] - dbeta[c]/N - h[n,c] * dgamma[c]/N)    0 where relu and z[n,c] <= 0
//
//   x: f32[N,K]    w: f32[K,O]    z, y, dy, dz: f32[N,O]    all others: f32[O]
//   u(i) is uniform in [0, 1), of the element i = n*O + c; rate 0 drops nothing.
//
// Dispatch: a workgroup has `columns` features and the whole batch, in rounds of `samples`; of its lanes each has one
// element (sample, feature) of a round. All sums have a fixed order: over the parts of a product, the rounds, the lanes.
// forward, forwardByLanes: one launch, where sums are short. In forward's product, for four columns, a lane has a tile of
// 4 x 4 elements and every 16th term of their sums; in the other's, for one column, two elements and every lanes-th term.
// finish: the rest of it, from the sums that dense.wgsl has made in splits.
// backward: from dy to dz, dgamma and dbeta; the gradients of dense.wgsl take dz.
// z, y, and mean and inverse lie in one slot, since a launch may bind eight: z first, y at yStart, the others at
// momentsStart. A lane reads back only what it has written itself.

const batch: u32 = 2u; // dimension: N
const inputs: u32 = 1u; // dimension: K
const outputs: u32 = 1u; // dimension: O
const splits: u32 = 1u; // dimension
const yStart: u32 = 64u; // dimension
const momentsStart: u32 = 128u; // dimension
const keyLow: u32 = 0u; // dimension: the key of the dropout's stream
const keyHigh: u32 = 0u; // dimension
const columns: u32 = 4u; // tunable: features of a workgroup
const samples: u32 = 4u; // tunable: of a round
const epsilon: f32 = 0.001; // tunable
const momentum: f32 = 0.99; // tunable
const rate: f32 = 0.0; // tunable
const relu: bool = false; // tunable

const lanes: u32 = columns * samples;
const parts: u32 = 16u;
const scale: f32 = 1.0 / (1.0 - rate);
const rounds: u32 = (batch + samples - 1u) / samples;
const depth: u32 = (inputs + parts - 1u) / parts;

@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> splitSums: array<f32>; // f32[splits,N,O]
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> gamma: array<f32>;
@group(0) @binding(5) var<storage, read> beta: array<f32>;
@group(0) @binding(6) var<storage, read_write> movingMean: array<f32>;
@group(0) @binding(7) var<storage, read_write> movingVariance: array<f32>;
@group(0) @binding(8) var<storage, read_write> results: array<f32>;

var<workgroup> partSums: array<f32, parts * lanes>;

fn rectified(value: f32) -> f32 {
  return select(value, max(value, 0.0), relu);
}

/// What dropout leaves of an element.
fn kept(value: f32, index: u32) -> f32 {
  if (rate == 0.0) { return value; }
  let words = threefry(vec2u(keyLow, keyHigh), vec2u(index / 2u, step.index));
  return select(0.0, value * scale, uniformOf(select(words.x, words.y, index % 2u == 1u)) >= rate);
}

/// From z to y, mean and inverse, and the moving statistics.
fn normalise(feature: u32, lane: u32) {
  let c = min(feature, outputs - 1u);
  var sum = 0.0;
  for (var r = 0u; r < rounds; r++) {
    let n = r * samples + lane / columns;
    if ((n < batch) & (feature < outputs)) { sum += rectified(results[n * outputs + c]); }
  }
  let mean = totalOf(lane, vec2f(sum, 0.0)).x / f32(batch);
  var squares = 0.0;
  for (var r = 0u; r < rounds; r++) {
    let n = r * samples + lane / columns;
    if ((n < batch) & (feature < outputs)) {
      let deviation = rectified(results[n * outputs + c]) - mean;
      squares += deviation * deviation;
    }
  }
  let variance = totalOf(lane, vec2f(squares, 0.0)).x / f32(batch);
  let inverse = 1.0 / sqrt(variance + epsilon);
  if ((lane < columns) & (feature < outputs)) {
    movingMean[c] = momentum * movingMean[c] + (1.0 - momentum) * mean;
    movingVariance[c] = momentum * movingVariance[c] + (1.0 - momentum) * variance;
    results[momentsStart + 2u * c] = mean;
    results[momentsStart + 2u * c + 1u] = inverse;
  }
  for (var r = 0u; r < rounds; r++) {
    let n = r * samples + lane / columns;
    let at = n * outputs + c;
    if ((n < batch) & (feature < outputs)) {
      results[yStart + at] = kept(gamma[c] * ((rectified(results[at]) - mean) * inverse) + beta[c], at);
    }
  }
}

@compute @workgroup_size(lanes)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  // no tail: what lies beyond the batch or the features is computed from the last of them and not stored
  let o = group.x * 4u;
  let part = lane % parts;
  let tile = lane / parts * 4u;
  for (var r = 0u; r < rounds; r++) {
    var sum: array<f32, 16>; // scalars
    for (var i = 0u; i < 16u; i++) { // unroll
      sum[i] = 0.0; // Dawn does not clear a variable that a loop declares: round 2 would go on from round 1
    }
    for (var term = 0u; term < depth; term++) {
      let k = term * parts + part;
      let inside = k < inputs;
      let safe = min(k, inputs - 1u);
      var a: array<f32, 4>; // scalars
      for (var i = 0u; i < 4u; i++) { // unroll
        a[i] = select(0.0, x[min(r * samples + tile + i, batch - 1u) * inputs + safe], inside);
      }
      for (var j = 0u; j < 4u; j++) { // unroll
        let weight = w[safe * outputs + min(o + j, outputs - 1u)];
        for (var i = 0u; i < 4u; i++) { // unroll
          sum[i * 4u + j] += a[i] * weight;
        }
      }
    }
    for (var i = 0u; i < 4u; i++) { // unroll
      for (var j = 0u; j < 4u; j++) { // unroll
        partSums[part * lanes + (tile + i) * 4u + j] = sum[i * 4u + j];
      }
    }
    workgroupBarrier();
    let n = r * samples + lane / columns;
    let c = o + lane % columns;
    if ((n < batch) & (c < outputs)) {
      var z = bias[c];
      for (var p = 0u; p < parts; p++) { z += partSums[p * lanes + lane]; }
      results[n * outputs + c] = z;
    }
    workgroupBarrier();
  }
  normalise(o + lane % columns, lane);
}

@compute @workgroup_size(lanes)
fn forwardByLanes(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  // no tail: the grid is exact, and of two samples the one beyond the batch is not stored
  let c = group.x;
  for (var pair = 0u; pair < (batch + 1u) / 2u; pair++) {
    let first = pair * 2u;
    let second = min(first + 1u, batch - 1u);
    var sum = vec2f();
    for (var term = 0u; term < (inputs + lanes - 1u) / lanes; term++) {
      let k = min(term * lanes + lane, inputs - 1u);
      let weight = select(0.0, w[k * outputs + c], term * lanes + lane < inputs);
      sum += vec2f(x[first * inputs + k], x[second * inputs + k]) * weight;
    }
    let z = totalOf(lane, sum) + bias[c];
    let n = first + lane % 2u;
    if ((lane / 2u == pair % (lanes / 2u)) & (n < batch)) { results[n * outputs + c] = z[lane % 2u]; }
  }
  normalise(c, lane);
}

@compute @workgroup_size(lanes)
fn finish(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  // no tail: what lies beyond the batch or the features is not stored
  let c = group.x * columns + lane % columns;
  for (var r = 0u; r < rounds; r++) {
    let n = r * samples + lane / columns;
    let at = n * outputs + c;
    if ((n < batch) & (c < outputs)) {
      var z = bias[c];
      for (var s = 0u; s < splits; s++) { z += splitSums[s * (batch * outputs) + at]; }
      results[at] = z;
    }
  }
  normalise(c, lane);
}

@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> known: array<f32>; // results
@group(0) @binding(3) var<storage, read> scales: array<f32>; // gamma
@group(0) @binding(4) var<storage, read_write> dz: array<f32>;
@group(0) @binding(5) var<storage, read_write> dgamma: array<f32>;
@group(0) @binding(6) var<storage, read_write> dbeta: array<f32>;

@compute @workgroup_size(lanes)
fn backward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  // no tail: what lies beyond the batch or the features is not stored
  let feature = group.x * columns + lane % columns;
  let c = min(feature, outputs - 1u);
  let mean = known[momentsStart + 2u * c];
  let inverse = known[momentsStart + 2u * c + 1u];
  var sum = vec2f(); // of d, and of d * h
  for (var r = 0u; r < rounds; r++) {
    let n = r * samples + lane / columns;
    let at = n * outputs + c;
    if ((n < batch) & (feature < outputs)) {
      let d = kept(dy[at], at);
      sum += d * vec2f(1.0, (rectified(known[at]) - mean) * inverse);
      dz[at] = d;
    }
  }
  let sums = totalOf(lane, sum);
  let means = sums / f32(batch);
  if ((lane < columns) & (feature < outputs)) {
    dbeta[c] = sums.x;
    dgamma[c] = sums.y;
  }
  for (var r = 0u; r < rounds; r++) {
    let n = r * samples + lane / columns;
    let at = n * outputs + c;
    if ((n < batch) & (feature < outputs)) {
      let h = (rectified(known[at]) - mean) * inverse;
      let gradient = scales[c] * inverse * (dz[at] - means.x - h * means.y);
      dz[at] = select(gradient, 0.0, relu & (known[at] <= 0.0));
    }
  }
}
