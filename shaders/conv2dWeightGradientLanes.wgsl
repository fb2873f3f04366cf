// conv2dWeightGradientLanes: the gradient of a stride-1 cross-correlation with respect to its weights and bias, by
// split-K, a lane an output channel; for adapters whose loads are dear.
//
//   dw[o,c,u,v] = sum over n,i,j of dy[n,o,i,j] * h[n,c, i + u - pT, j + v - pL]
//   db[o]       = sum over n,i,j of dy[n,o,i,j]
//   h[n,c,r,s]  = scale[c] * x[n,c,r,s] + shift[c] if normalise, else x[n,c,r,s]; 0 outside the image
//
//   x: f32[N,Cin,H,W]    dy: f32[N,Cout,OH,OW]    statistics: vec4f[C], (scale, shift, mean, inverse)
//   partials: f32[splits,stride], stride = Cout*Cin*taps + Cout: dw and then db of a part of the positions
//
// Dispatch: x over splits, `lanes` invocations each; y over groups of lanes * sheets output channels; z over blocks of input
// channels. A subgroup walks over tiles of positions, `splits` apart. It loads dy with a lane a channel, and a row of
// the region of x with a lane a column; the lanes exchange the latter. sumParts.wgsl adds the splits in order.
// A tile that would reach over the edge moves back over its neighbour, whose positions count 0 here.

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
const sheets: u32 = 1u; // tunable: output channels of an invocation, `lanes` apart
const blockChannels: u32 = 1u; // tunable: input channels of a block
const tileHeight: u32 = 2u; // tunable
const tileWidth: u32 = 6u; // tunable
const workgroupSize: u32 = 32u; // tunable: a multiple of lanes
const pairs: bool = false; // tunable: OW and tileWidth are even, and dy is read two at a time
const normalise: bool = false; // tunable
const scaledChannels: u32 = 4u; // tunable: length of statistics

const taps: u32 = windowHeight * windowWidth;
const regionHeight: u32 = tileHeight + windowHeight - 1u;
const regionWidth: u32 = tileWidth + windowWidth - 1u;
const loadsPerRow: u32 = (regionWidth + lanes - 1u) / lanes;
const area: u32 = tileHeight * tileWidth;
const tileRows: u32 = (outHeight + tileHeight - 1u) / tileHeight;
const tileColumns: u32 = (outWidth + tileWidth - 1u) / tileWidth;
const tiles: u32 = batch * tileRows * tileColumns;
const tilesPerSplit: u32 = (tiles + splits - 1u) / splits;
const stride: u32 = outChannels * inChannels * taps + outChannels;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read> dyPairs: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> partials: array<f32>;
@group(0) @binding(3) var<uniform> statistics: array<vec4f, scaledChannels>;

/// n / d, rounded down, for n below 2^20: floats divide many times as fast as whole numbers on a processor.
fn quotient(n: u32, d: u32) -> u32 {
  return u32((f32(n) + 0.5) / f32(d));
}

@compute @workgroup_size(workgroupSize)
fn partial(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
  // no tail: splits are a whole number of workgroups, and tiles beyond the last count as dy = 0
  let lane = id.x % lanes;
  let split = id.x / lanes;
  let firstOutput = group.y * (lanes * sheets) + lane;
  let firstChannel = group.z * blockChannels;
  var gradient: array<f32, sheets * blockChannels * taps>; // scalars
  var biasGradient: array<f32, sheets>; // scalars
  for (var k = 0u; k < tilesPerSplit; k++) {
    let tile = k * splits + split;
    let known = min(tile, tiles - 1u);
    let n = quotient(known, tileRows * tileColumns);
    let tileRow = quotient(known - n * (tileRows * tileColumns), tileColumns);
    let tileColumn = known - (n * tileRows + tileRow) * tileColumns;
    let nominalRow = tileRow * tileHeight;
    let nominalColumn = tileColumn * tileWidth;
    let row = min(nominalRow, outHeight - tileHeight);
    let column = min(nominalColumn, outWidth - tileWidth);

    var d: array<f32, sheets * area>; // scalars
    for (var k = 0u; k < sheets; k++) { // unroll
      let o = min(firstOutput + k * lanes, outChannels - 1u);
      let corner = ((n * outChannels + o) * outHeight + row) * outWidth + column;
      if (pairs) { // fold
        for (var q = 0u; q < area / 2u; q++) { // unroll
          let two = dyPairs[(corner + 2u * q / tileWidth * outWidth + 2u * q % tileWidth) / 2u];
          d[k * area + 2u * q] = two.x;
          d[k * area + 2u * q + 1u] = two.y;
        }
      }
      if (!pairs) { // fold
        for (var p = 0u; p < area; p++) { // unroll
          d[k * area + p] = dy[corner + p / tileWidth * outWidth + p % tileWidth];
        }
      }
      for (var p = 0u; p < area; p++) { // unroll
        let own = (tile < tiles) & (row + p / tileWidth >= nominalRow) & (column + p % tileWidth >= nominalColumn);
        d[k * area + p] = select(0.0, d[k * area + p], own);
        biasGradient[k] += d[k * area + p];
      }
    }
    for (var b = 0u; b < blockChannels; b++) { // unroll
      let c = min(firstChannel + b, inChannels - 1u);
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
      var values: array<f32, regionHeight * regionWidth>; // scalars
      for (var i = 0u; i < regionHeight; i++) { // unroll
        for (var j = 0u; j < regionWidth; j++) { // unroll
          values[i * regionWidth + j] = subgroupShuffle(rows[i * loadsPerRow + j / lanes], j % lanes);
        }
      }
      for (var k = 0u; k < sheets; k++) { // unroll
        for (var t = 0u; t < taps; t++) { // unroll
          for (var p = 0u; p < area; p++) { // unroll
            gradient[(k * blockChannels + b) * taps + t] +=
              d[k * area + p] * values[(p / tileWidth + t / windowWidth) * regionWidth + p % tileWidth + t % windowWidth];
          }
        }
      }
    }
  }

  // A loop through memory: a body of its own for each sum would take long to compile.
  var results: array<f32, sheets * blockChannels * taps>;
  for (var t = 0u; t < sheets * blockChannels * taps; t++) { // unroll
    results[t] = gradient[t];
  }
  for (var k = 0u; k < sheets; k++) { // unroll
    let o = firstOutput + k * lanes;
    let first = split * stride + (o * inChannels + firstChannel) * taps;
    for (var t = 0u; t < blockChannels * taps; t++) {
      if ((o < outChannels) & (firstChannel * taps + t < inChannels * taps)) {
        partials[first + t] = results[k * blockChannels * taps + t];
      }
    }
    if ((o < outChannels) & (firstChannel == 0u)) {
      partials[split * stride + outChannels * inChannels * taps + o] = biasGradient[k];
    }
  }
}
