// conv2dLanes: 2-D cross-correlation with stride 1, a lane an output channel; for adapters whose loads are dear.
//
//   y[n,o,i,j] = activation(b[o] + sum over c,u,v of h[n,c, i + u - pT, j + v - pL] * w[o,c,u,v])
//   h[n,c,r,s] = scale[c] * x[n,c,r,s] + shift[c] if normalise, else x[n,c,r,s]; 0 outside the image
//
//   x: f32[N,Cin,H,W]    y: f32[N,Cout,OH,OW]    b: f32[Cout]    activation = max(., 0) if relu, else the identity
//   weights: vec4f[channels,Cin,quads], w packed so that a lane loads four window positions at once; channels is Cout
//   rounded up to what a workgroup computes, and what is missing is 0.
//   statistics: vec4f[C], (scale, shift, mean, inverse) of the batch normalisation that gave h
//
// The kernel also sums up what a neighbouring batch normalisation needs, for each split of the positions and channel:
//   moments:      vec4f[Cout,splits], (count, mean, sum of squared deviations from it, 0) of the split's y
//   gradientSums: vec2f[Cout,splits], sums of y and of y * xhat, xhat = (a - mean[o]) * inverse[o]; y is then the
//                 gradient with respect to a batch normalisation of a, f32[N,Cout,OH,OW], of these outputStatistics
//
// Dispatch: x over splits, `lanes` invocations each, which walk over tiles of positions, `splits` apart; y over groups of
// lanes * sheets output channels.
// The lanes of a subgroup load a row of the region below the tile side by side, and hand each number to all of them:
// on software adapters a load costs as much as some twenty multiply-adds, a exchange one or a few.
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
const windowHeight: u32 = 3u; // tunable: kH
const windowWidth: u32 = 3u; // tunable: kW
const lanes: u32 = 4u; // tunable: invocations of a subgroup
const sheets: u32 = 1u; // tunable: output channels an invocation computes, `lanes` apart
const tileHeight: u32 = 4u; // tunable
const tileWidth: u32 = 6u; // tunable
const workgroupSize: u32 = 32u; // tunable: a multiple of lanes
const pairs: bool = false; // tunable: OW and tileWidth are even, and y and a are touched two at a time
const relu: bool = false; // tunable
const useBias: bool = true; // tunable
const normalise: bool = false; // tunable
const scaledChannels: u32 = 4u; // tunable: length of statistics
const writeMoments: bool = false; // tunable
const writeGradientSums: bool = false; // tunable

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
@group(0) @binding(9) var<storage, read_write> yPairs: array<vec2f>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<uniform> statistics: array<vec4f, scaledChannels>;
@group(0) @binding(5) var<storage, read_write> moments: array<vec4f>;
@group(0) @binding(6) var<storage, read> a: array<f32>;
@group(0) @binding(10) var<storage, read> aPairs: array<vec2f>;
@group(0) @binding(7) var<storage, read> outputStatistics: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> gradientSums: array<vec2f>;

/// n / d, rounded down, for n below 2^20: floats divide many times as fast as whole numbers on a processor.
fn quotient(n: u32, d: u32) -> u32 {
  return u32((f32(n) + 0.5) / f32(d));
}

@compute @workgroup_size(workgroupSize)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
  // no tail: splits are a whole number of workgroups, and tiles beyond the last store what the last one stores
  let lane = id.x % lanes;
  let split = id.x / lanes;
  let firstChannel = group.y * (lanes * sheets) + lane;
  var count: array<f32, sheets>; // scalars
  var mean: array<f32, sheets>; // scalars
  var squares: array<f32, sheets>; // scalars
  var sums: array<vec2f, sheets>; // scalars
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

    var sum: array<f32, sheets * area>; // scalars
    for (var c = 0u; c < inChannels; c++) {
      let plane = (n * inChannels + c) * (inHeight * inWidth);
      var affine = vec4f();
      if (normalise) { // fold
        affine = statistics[min(c, scaledChannels - 1u)];
      }
      var rows: array<f32, regionHeight * loadsPerRow>; // scalars
      for (var i = 0u; i < regionHeight; i++) { // unroll
        let r = row + i - padTop; // above the image it wraps to a huge number
        for (var l = 0u; l < loadsPerRow; l++) { // unroll
          let s = column + l * lanes + lane - padLeft;
          let inside = (r < inHeight) & (s < inWidth);
          var value = x[plane + select(0u, r * inWidth + s, inside)];
          if (normalise) { // fold
            value = value * affine.x + affine.y;
          }
          rows[i * loadsPerRow + l] = select(0.0, value, inside);
        }
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

    // 1 where a row or a column belongs to this tile and to no earlier one.
    var ownRow: array<f32, tileHeight>; // scalars
    var ownColumn: array<f32, tileWidth>; // scalars
    for (var i = 0u; i < tileHeight; i++) { // unroll
      ownRow[i] = isNew * f32(row + i >= nominalRow);
    }
    for (var j = 0u; j < tileWidth; j++) { // unroll
      ownColumn[j] = f32(column + j >= nominalColumn);
    }
    for (var k = 0u; k < sheets; k++) { // unroll
      let o = firstChannel + k * lanes;
      if (o < outChannels) {
        let corner = ((n * outChannels + o) * outHeight + row) * outWidth + column;
        var b = 0.0;
        if (useBias) { // fold
          b = bias[o];
        }
        for (var p = 0u; p < area; p++) { // unroll
          var value = sum[k * area + p] + b;
          if (relu) { // fold
            value = max(value, 0.0);
          }
          sum[k * area + p] = value;
          if (!pairs) { // fold
            y[corner + p / tileWidth * outWidth + p % tileWidth] = value;
          }
        }
        if (pairs) { // fold
          for (var q = 0u; q < area / 2u; q++) { // unroll
            let two = vec2f(sum[k * area + 2u * q], sum[k * area + 2u * q + 1u]);
            yPairs[(corner + 2u * q / tileWidth * outWidth + 2u * q % tileWidth) / 2u] = two;
          }
        }
        if (writeMoments) { // fold
          let own = isNew * f32((row + tileHeight - nominalRow) * (column + tileWidth - nominalColumn));
          let shift = sum[k * area]; // squares are taken about a number near the mean
          var ownSums = vec2f(); // of the values less shift, and of their squares
          for (var p = 0u; p < area; p++) { // unroll
            let deviation = ownRow[p / tileWidth] * ownColumn[p % tileWidth] * (sum[k * area + p] - shift);
            ownSums += vec2f(deviation, deviation * deviation);
          }
          // Chan, Golub, LeVeque 1979
          let share = ownSums.x / max(own, 1.0);
          let delta = shift + share - mean[k];
          let whole = max(count[k] + own, 1.0);
          squares[k] += max(ownSums.y - ownSums.x * share, 0.0) + delta * delta * count[k] * own / whole;
          mean[k] += delta * own / whole;
          count[k] += own;
        }
        if (writeGradientSums) { // fold
          let normalisation = outputStatistics[o];
          var activations: array<f32, area>; // scalars
          if (pairs) { // fold
            for (var q = 0u; q < area / 2u; q++) { // unroll
              let two = aPairs[(corner + 2u * q / tileWidth * outWidth + 2u * q % tileWidth) / 2u];
              activations[2u * q] = two.x;
              activations[2u * q + 1u] = two.y;
            }
          }
          if (!pairs) { // fold
            for (var p = 0u; p < area; p++) { // unroll
              activations[p] = a[corner + p / tileWidth * outWidth + p % tileWidth];
            }
          }
          for (var p = 0u; p < area; p++) { // unroll
            let xhat = (activations[p] - normalisation.z) * normalisation.w;
            let value = ownRow[p / tileWidth] * ownColumn[p % tileWidth] * sum[k * area + p];
            sums[k] += vec2f(value, value * xhat);
          }
        }
      }
    }
  }

  if (writeMoments) { // fold
    for (var k = 0u; k < sheets; k++) { // unroll
      let o = firstChannel + k * lanes;
      if (o < outChannels) { moments[o * splits + split] = vec4f(count[k], mean[k], squares[k], 0.0); }
    }
  }
  if (writeGradientSums) { // fold
    for (var k = 0u; k < sheets; k++) { // unroll
      let o = firstChannel + k * lanes;
      if (o < outChannels) { gradientSums[o * splits + split] = sums[k]; }
    }
  }
}
