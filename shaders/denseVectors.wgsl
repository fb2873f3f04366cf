// denseVectors: dense.wgsl for inputs and outputs that 4 divides, with loads and stores of four numbers.
//
//   the mathematics of dense.wgsl; every tensor is read and written as vec4f along its last axis
//
//   x, dx: vec4f[N,K/4]    w, dw: vec4f[K,O/4]    y, dy: vec4f[N,O/4]    b, db: vec4f[O/4]
//
// Dispatch: as dense.wgsl, tiles of at most 4 samples by 4 numbers. A software adapter pays for a load, not for its
// bytes, up to four numbers; a sum takes four terms a round.

const batch: u32 = 1u; // dimension: N
const inputs: u32 = 4u; // dimension: K
const outputs: u32 = 4u; // dimension: O
const splits: u32 = 1u; // dimension
const relu: bool = false; // tunable
const tileN: u32 = 1u; // tunable: samples of a tile

const tilesN: u32 = (batch + tileN - 1u) / tileN;
const tilesK: u32 = inputs / 4u;
const tilesO: u32 = outputs / 4u;
const depth: u32 = (tilesK + splits - 1u) / splits;
const weightGroups: u32 = (tilesK * tilesO + 31u) / 32u;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partials: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;

@compute @workgroup_size(32)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let tile = id.y * groups.x * 32u + id.x;
  if (tile >= tilesN * tilesO) { return; }
  let n = min(tile / tilesO * tileN, batch - tileN);
  let o = tile % tilesO;
  var sum: array<vec4f, tileN>; // scalars
  for (var term = 0u; term < depth; term++) {
    let k = id.z * depth + term;
    let inside = k < tilesK;
    let safe = min(k, tilesK - 1u);
    var a: array<vec4f, tileN>; // scalars
    for (var i = 0u; i < tileN; i++) { // unroll
      a[i] = select(vec4f(), x[(n + i) * tilesK + safe], inside);
    }
    for (var m = 0u; m < 4u; m++) { // unroll
      let weight = w[(safe * 4u + m) * tilesO + o];
      for (var i = 0u; i < tileN; i++) { // unroll
        sum[i] += a[i][m] * weight;
      }
    }
  }
  let b = bias[o];
  for (var i = 0u; i < tileN; i++) { // unroll
    let biased = sum[i] + b;
    let whole = select(biased, max(biased, vec4f()), relu);
    partials[(id.z * batch + n + i) * tilesO + o] = select(sum[i], whole, splits == 1u);
  }
}

@group(0) @binding(2) var<storage, read> dy: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dw: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> db: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> dx: array<vec4f>;

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
  let k = tile / tilesO;
  let o = tile % tilesO;
  var sum: array<vec4f, 4>; // scalars
  var biasSum: vec4f;
  for (var n = 0u; n < batch; n++) {
    let d = dy[n * tilesO + o];
    let activations = x[n * tilesK + k];
    biasSum += d;
    for (var i = 0u; i < 4u; i++) { // unroll
      sum[i] += activations[i] * d;
    }
  }
  for (var i = 0u; i < 4u; i++) { // unroll
    dw[(k * 4u + i) * tilesO + o] = sum[i];
  }
  if (k == 0u) { db[o] = biasSum; }
}

fn inputGradient(tile: u32) {
  if (tile >= tilesN * tilesK) { return; }
  let n = min(tile / tilesK * tileN, batch - tileN);
  let k = tile % tilesK;
  var sum: array<vec4f, tileN>; // scalars
  for (var o = 0u; o < tilesO; o++) {
    var a: array<vec4f, tileN>; // scalars
    for (var i = 0u; i < tileN; i++) { // unroll
      a[i] = dy[(n + i) * tilesO + o];
    }
    for (var j = 0u; j < 4u; j++) { // unroll
      let weights = w[(k * 4u + j) * tilesO + o];
      for (var i = 0u; i < tileN; i++) { // unroll
        sum[i][j] += dot(a[i], weights);
      }
    }
  }
  for (var i = 0u; i < tileN; i++) { // unroll
    dx[(n + i) * tilesK + k] = sum[i];
  }
}
