// conv2dLanes: 2-D cross-correlation with stride 1, a lane an output channel; for adapters whose loads are dear and whose
// compiler is slow.
//
//   y[n,o,i,j] = activation(b[o] + sum over c,u,v of h[n,c, i + u - pT, j + v - pL] * w[o,c,u,v])
//   h[n,c,r,s] = scale[c] * x[n,c,r,s] + shift[c]; 0 outside the image
//
//   x: f32[N,Cin,H,W]    y: f32[N,Cout,OH,OW]    b: f32[Cout] if useBias, else 0
//   activation = max(., 0) if relu, else the identity
//   weights: vec4f[channels,Cin,quads], w packed so that a lane loads four window positions at once; channels is Cout
//   rounded up to what a workgroup computes, and what is missing is 0.
//   statistics: vec4f[C], (scale, shift, mean, inverse) of the batch normalisation that gave h, or (1, 0, 0, 1)
//
// The kernel also sums up what a neighbouring batch normalisation needs, for each split of the positions and channel:
//   summing 0: nothing; sums is not written
//   summing 1: sums: vec4f[Cout,splits], (count, mean, sum of squared deviations from it, 0) of the split's y
//   summing 2: sums: vec2f[Cout,splits], sums of y and of y * xhat, xhat = (a - mean[o]) * inverse[o]; y is the gradient
//              with respect to a batch normalisation of a, f32[N,Cout,OH,OW], of these outputStatistics
//
// Dispatch: x over splits, `lanes` invocations each, which walk over tiles of positions, `splits` apart; y over groups of
// lanes * sheets output channels.
// The lanes of a subgroup load a row of the region below the tile side by side, and hand each number to all of them:
// on software adapters a load costs as much as some twenty multiply-adds, an exchange one or a few.
// A tile's multiply-adds are unrolled, since a loop over them would carry its sums from round to round through memory; its
// results are handled in a loop. What tells passes apart is a dimension, so that all of a network share one pipeline.
// A tile that would reach over the edge moves back over its neighbour: both store the same bits, and the sums count a
// position once.
//
// The gradient with respect to x is this same kernel: dy in, dx out, w with its channels exchanged and its window
// turned by 180 degrees, padding k - 1 - p.

enable subgroups;

const batch: u32 = 1u; // dimension: N
const inChannels: u32 = 1u; // dimension: Cin
const outChannels: u32 = 4u; // dimension: Cout
const inHeight: u32 = 8u; // dimension: H
const inWidth: u32 = 8u; // dimension: W
const outHeight: u32 = 6u; // dimension: OH
const outWidth: u32 = 6u; // dimension: OW
const padTop: u32 = 0u; // dimension: pT
const padLeft: u32 = 0u; // dimension: pL
const splits: u32 = 8u; // dimension
const useBias: u32 = 1u; // dimension: 0 or 1
const relu: u32 = 0u; // dimension: 0 or 1
const summing: u32 = 0u; // dimension: 0, 1 or 2
const windowHeight: u32 = 3u; // tunable: kH
const windowWidth: u32 = 3u; // tunable: kW
const lanes: u32 = 4u; // tunable: invocations of a subgroup
const sheets: u32 = 1u; // tunable: output channels an invocation computes, `lanes` apart
const tileHeight: u32 = 5u; // tunable
const tileWidth: u32 = 6u; // tunable
const workgroupSize: u32 = 32u; // tunable: a multiple of lanes
const scaledChannels: u32 = 4u; // tunable: length of statistics

const taps: u32 = windowHeight * windowWidth;
const quads: u32 = (taps + 3u) / 4u;
const regionHeight: u32 = tileHeight + windowHeight - 1u;
const regionWidth: u32 = tileWidth + windowWidth - 1u;
const loadsPerRow: u32 = (regionWidth + lanes - 1u) / lanes;
const area: u32 = tileHeight * tileWidth;
const tileRows: u32 = (outHeight + tileHeight - 1u) / tileHeight;
const tileColumns: u32 = (outWidth + tileWidth - 1u) / tileWidth;
const tiles: u32 = batch * tileRows * tileColumns;
const tilesPerSplit: u32 = (tiles + splits - 1u) / splits;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<uniform> statistics: array<vec4f, scaledChannels>;
@group(0) @binding(5) var<storage, read> a: array<f32>;
@group(0) @binding(6) var<storage, read> outputStatistics: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> sums: array<vec2f>;

/// n / d, rounded down, for n below 2^20: floats divide many times as fast as whole numbers on a processor.
fn quotient(n: u32, d: u32) -> u32 {
  return u32((f32(n) + 0.5) / f32(d));
}

/// Count, mean and sum of squared deviations of two runs of numbers together: `one` has them of the first; of the second
/// come its count, and the sums of x - nearby and of its square. Chan, Golub, LeVeque 1979.
fn merged(one: vec4f, count: f32, nearby: f32, sumsAboutNearby: vec2f) -> vec4f {
  let share = sumsAboutNearby.x / max(count, 1.0);
  let delta = nearby + share - one.y;
  let weight = count / max(one.x + count, 1.0);
  let squares = max(sumsAboutNearby.y - sumsAboutNearby.x * share, 0.0);
  return vec4f(one.x + count, one.y + delta * weight, one.z + squares + delta * delta * one.x * weight, 0.0);
}

@compute @workgroup_size(workgroupSize)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
  // no tail: splits are a whole number of workgroups, and tiles beyond the last store what the last one stores
  let lane = id.x % lanes;
  let split = id.x / lanes;
  let firstChannel = group.y * (lanes * sheets) + lane;
  // read here: in a loop a uniform is a load
  let rowStride = outWidth;
  let rectifies = relu == 1u;
  let isSumming = summing != 0u;
  let isGradient = summing == 2u;
  var splitSums: array<vec4f, sheets>; // (count, mean, squares, 0), or (sum of y, sum of y * xhat, 0, 0)
  for (var round = 0u; round < tilesPerSplit; round++) {
    let tile = min(round * splits + split, tiles - 1u);
    let isNew = f32(round * splits + split < tiles);
    let n = quotient(tile, tileRows * tileColumns);
    let tileRow = quotient(tile - n * (tileRows * tileColumns), tileColumns);
    let tileColumn = tile - (n * tileRows + tileRow) * tileColumns;
    let nominalRow = tileRow * tileHeight;
    let nominalColumn = tileColumn * tileWidth;
    let row = min(nominalRow, outHeight - tileHeight);
    let column = min(nominalColumn, outWidth - tileWidth);

    // Where the lane loads its numbers of the region below the tile, from the corner of an input plane.
    var offset: array<u32, regionHeight * loadsPerRow>; // scalars
    var inside: array<bool, regionHeight * loadsPerRow>; // scalars
    for (var i = 0u; i < regionHeight; i++) { // unroll
      let r = row + i - padTop; // above the image it wraps to a huge number
      for (var l = 0u; l < loadsPerRow; l++) { // unroll
        let s = column + l * lanes + lane - padLeft;
        inside[i * loadsPerRow + l] = (r < inHeight) & (s < inWidth);
        offset[i * loadsPerRow + l] = select(0u, r * inWidth + s, inside[i * loadsPerRow + l]);
      }
    }

    var sum: array<f32, sheets * area>; // scalars
    for (var c = 0u; c < inChannels; c++) {
      let plane = (n * inChannels + c) * (inHeight * inWidth);
      let scale = statistics[min(c, scaledChannels - 1u)].x;
      let shift = statistics[min(c, scaledChannels - 1u)].y;
      var rows: array<f32, regionHeight * loadsPerRow>; // scalars
      for (var e = 0u; e < regionHeight * loadsPerRow; e++) { // unroll
        rows[e] = select(0.0, x[plane + offset[e]] * scale + shift, inside[e]);
      }
      var w: array<f32, sheets * quads * 4u>; // scalars
      for (var k = 0u; k < sheets; k++) { // unroll
        let first = ((firstChannel + k * lanes) * inChannels + c) * quads;
        for (var q = 0u; q < quads; q++) { // unroll
          let four = weights[first + q];
          for (var e = 0u; e < 4u; e++) { // unroll
            w[(k * quads + q) * 4u + e] = four[e];
          }
        }
      }
      var values: array<f32, regionHeight * regionWidth>; // scalars
      for (var i = 0u; i < regionHeight; i++) { // unroll
        for (var j = 0u; j < regionWidth; j++) { // unroll
          values[i * regionWidth + j] = subgroupShuffle(rows[i * loadsPerRow + j / lanes], j % lanes);
        }
      }
      for (var p = 0u; p < sheets * area; p++) { // unroll
        for (var t = 0u; t < taps; t++) { // unroll
          sum[p] += values[(p % area / tileWidth + t / windowWidth) * regionWidth + p % tileWidth + t % windowWidth]
            * w[p / area * quads * 4u + t];
        }
      }
    }

    var results: array<f32, sheets * area>;
    for (var p = 0u; p < sheets * area; p++) { // unroll
      results[p] = sum[p];
    }
    for (var k = 0u; k < sheets; k++) {
      let o = firstChannel + k * lanes;
      if (o < outChannels) {
        let corner = ((n * outChannels + o) * outHeight + row) * outWidth + column;
        let b = select(0.0, bias[o], useBias == 1u);
        let first = results[k * area] + b;
        // squares are taken about a number near the mean
        let nearby = select(select(first, max(first, 0.0), rectifies), 0.0, isGradient);
        let mean = outputStatistics[o].z;
        let inverse = outputStatistics[o].w;
        // positions that belong to this tile and to no earlier one
        let count = isNew * f32((row + tileHeight - nominalRow) * (column + tileWidth - nominalColumn));
        var tileSums = vec2f(); // of their values less nearby, and of these squared or times xhat
        for (var i = 0u; i < tileHeight; i++) {
          let ownRow = isNew * f32(row + i >= nominalRow);
          for (var j = 0u; j < tileWidth; j++) {
            let result = results[(k * tileHeight + i) * tileWidth + j] + b;
            let value = select(result, max(result, 0.0), rectifies);
            let at = corner + i * rowStride + j;
            y[at] = value;
            let deviation = value - nearby;
            var factor = deviation;
            if (isGradient) {
              factor = (a[at] - mean) * inverse;
            }
            tileSums += ownRow * f32(column + j >= nominalColumn) * deviation * vec2f(1.0, factor);
          }
        }
        splitSums[k] = select(
          merged(splitSums[k], count, nearby, tileSums),
          splitSums[k] + vec4f(tileSums, 0.0, 0.0),
          isGradient,
        );
      }
    }
  }

  for (var k = 0u; k < sheets; k++) {
    let o = firstChannel + k * lanes;
    if (isSumming & (o < outChannels)) {
      let at = o * splits + split;
      if (isGradient) {
        sums[at] = splitSums[k].xy;
      } else {
        sums[2u * at] = splitSums[k].xy;
        sums[2u * at + 1u] = splitSums[k].zw;
      }
    }
  }
}
