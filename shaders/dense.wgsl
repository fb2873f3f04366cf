// dense: a fully connected layer and its gradients, three register-tiled matrix products.
//
//   forward     y[n,o]  = activation(b[o] + sum over k of x[n,k] * w[k,o])
//   gradients   dx[n,k] = sum over o of dy[n,o] * w[k,o]
//               dw[k,o] = sum over n of x[n,k] * dy[n,o]      db[o] = sum over n of dy[n,o]
//
//   x, dx: f32[N,K]    w, dw: f32[K,O]    y, dy: f32[N,O]    b, db: f32[O]
//   activation = max(., 0) if relu, else the identity.
//
// Dispatch: x and y over tiles of the result, at most 4 x 4 elements an invocation. A tile that would reach over the
// edge moves back over its neighbour: both store the same bits. denseVectors.wgsl is the same for K and O that 4 divides.
// forward is cut along k into `splits` (z of the grid) where sums are long, since a batch gives few results: each split
// writes partials[split,n,o], and `reduce` adds them in order and applies bias and activation. A single split applies
// them itself: partials is then y.
// gradients: the first workgroups have the tiles of dw, and those at k = 0 also db; the others have the tiles of dx. A
// grid without them leaves dx alone.

const batch: u32 = 1u; // dimension: N
const inputs: u32 = 1u; // dimension: K
const outputs: u32 = 1u; // dimension: O
const splits: u32 = 1u; // dimension
const relu: bool = false; // tunable
const tileN: u32 = 1u; // tunable: edges of a tile along n, k and o
const tileK: u32 = 1u; // tunable
const tileO: u32 = 1u; // tunable

const tilesN: u32 = (batch + tileN - 1u) / tileN;
const tilesK: u32 = (inputs + tileK - 1u) / tileK;
const tilesO: u32 = (outputs + tileO - 1u) / tileO;
const depth: u32 = (inputs + splits - 1u) / splits;
const weightGroups: u32 = (tilesK * tilesO + 31u) / 32u;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> partials: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;

@compute @workgroup_size(32)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let tile = id.y * groups.x * 32u + id.x;
  if (tile >= tilesN * tilesO) { return; }
  let n = min(tile / tilesO * tileN, batch - tileN);
  let o = min(tile % tilesO * tileO, outputs - tileO);
  var sum: array<f32, tileN * tileO>; // scalars
  for (var term = 0u; term < depth; term++) {
    let k = id.z * depth + term;
    let inside = k < inputs;
    let safe = min(k, inputs - 1u);
    var a: array<f32, tileN>; // scalars
    for (var i = 0u; i < tileN; i++) { // unroll
      a[i] = select(0.0, x[(n + i) * inputs + safe], inside);
    }
    for (var j = 0u; j < tileO; j++) { // unroll
      let weight = w[safe * outputs + o + j];
      for (var i = 0u; i < tileN; i++) { // unroll
        sum[i * tileO + j] += a[i] * weight;
      }
    }
  }
  for (var i = 0u; i < tileN; i++) { // unroll
    for (var j = 0u; j < tileO; j++) { // unroll
      let biased = sum[i * tileO + j] + bias[o + j];
      let whole = select(biased, max(biased, 0.0), relu);
      partials[(id.z * batch + n + i) * outputs + o + j] = select(sum[i * tileO + j], whole, splits == 1u);
    }
  }
}

@group(0) @binding(0) var<storage, read> splitSums: array<f32>; // partials
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn reduce(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  if (index >= batch * outputs) { return; }
  var sum = bias[index % outputs];
  for (var s = 0u; s < splits; s++) { sum += splitSums[s * (batch * outputs) + index]; }
  y[index] = select(sum, max(sum, 0.0), relu);
}

@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dw: array<f32>;
@group(0) @binding(4) var<storage, read_write> db: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(32)
fn gradients(
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  // no tail: each role below tests its own tile
  let group = id.y * groups.x + id.x;
  if (group < weightGroups) {
    weightGradient(group * 32u + lane);
  } else {
    inputGradient((group - weightGroups) * 32u + lane);
  }
}

fn weightGradient(tile: u32) {
  if (tile >= tilesK * tilesO) { return; }
  let k = min(tile / tilesO * tileK, inputs - tileK);
  let o = min(tile % tilesO * tileO, outputs - tileO);
  var sum: array<f32, tileK * tileO>; // scalars
  var biasSum: array<f32, tileO>; // scalars
  for (var n = 0u; n < batch; n++) {
    var d: array<f32, tileO>; // scalars
    for (var j = 0u; j < tileO; j++) { // unroll
      d[j] = dy[n * outputs + o + j];
      biasSum[j] += d[j];
    }
    for (var i = 0u; i < tileK; i++) { // unroll
      let activation = x[n * inputs + k + i];
      for (var j = 0u; j < tileO; j++) { // unroll
        sum[i * tileO + j] += activation * d[j];
      }
    }
  }
  for (var i = 0u; i < tileK; i++) { // unroll
    for (var j = 0u; j < tileO; j++) { // unroll
      dw[(k + i) * outputs + o + j] = sum[i * tileO + j];
    }
  }
  if (k == 0u) {
    for (var j = 0u; j < tileO; j++) { // unroll
      db[o + j] = biasSum[j];
    }
  }
}

fn inputGradient(tile: u32) {
  if (tile >= tilesN * tilesK) { return; }
  let n = min(tile / tilesK * tileN, batch - tileN);
  let k = min(tile % tilesK * tileK, inputs - tileK);
  var sum: array<f32, tileN * tileK>; // scalars
  for (var o = 0u; o < outputs; o++) {
    var a: array<f32, tileN>; // scalars
    for (var i = 0u; i < tileN; i++) { // unroll
      a[i] = dy[(n + i) * outputs + o];
    }
    for (var j = 0u; j < tileK; j++) { // unroll
      let weight = w[(k + j) * outputs + o];
      for (var i = 0u; i < tileN; i++) { // unroll
        sum[i * tileK + j] += a[i] * weight;
      }
    }
  }
  for (var i = 0u; i < tileN; i++) { // unroll
    for (var j = 0u; j < tileK; j++) { // unroll
      dx[(n + i) * inputs + k + j] = sum[i * tileK + j];
    }
  }
}
