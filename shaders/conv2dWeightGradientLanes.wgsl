// conv2dWeightGradientLanes: the gradient of a stride-1 cross-correlation with respect to its weights and bias, by
// split-K, a lane an output channel; for adapters whose loads are dear and whose compiler is slow.
//
//   dw[o,c,u,v] = sum over n,i,j of dy[n,o,i,j] * h[n,c, i + u - pT, j + v - pL]
//   db[o]       = sum over n,i,j of dy[n,o,i,j]
//   h[n,c,r,s]  = scale[c] * x[n,c,r,s] + shift[c]; 0 outside the image
//
//   x: f32[N,Cin,H,W]    dy: f32[N,Cout,OH,OW]    statistics: vec4f[C], (scale, shift, mean, inverse) or (1, 0, 0, 1)
//   partials: f32[splits,stride], stride = Cout*Cin*taps + Cout: dw and then db of a part of the positions
//
// Dispatch: x over splits, `lanes` invocations each; y over groups of lanes * sheets output channels; z over blocks of input
// channels. A subgroup walks down strips of `tileWidth` columns, `splits` apart, and keeps the rows of x that the window
// sees: a row of x is loaded once, with a lane a column, and exchanged between the lanes; dy is loaded with a lane a
// channel. sumParts.wgsl adds the splits in order.
// A strip that would reach over the edge moves back over its neighbour, whose positions count 0 here. So do the positions
// of the rounds in which the window is not yet full: 0 times what it sees, which is NaN where x is infinite.

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
const tileWidth: u32 = 6u; // tunable
const workgroupSize: u32 = 32u; // tunable: a multiple of lanes
const scaledChannels: u32 = 4u; // tunable: length of statistics

const taps: u32 = windowHeight * windowWidth;
const regionWidth: u32 = tileWidth + windowWidth - 1u;
const loadsPerRow: u32 = (regionWidth + lanes - 1u) / lanes;
const seen: u32 = windowHeight * regionWidth;
const tileColumns: u32 = (outWidth + tileWidth - 1u) / tileWidth;
const strips: u32 = batch * tileColumns;
const stripsPerSplit: u32 = (strips + splits - 1u) / splits;
const roundsPerStrip: u32 = outHeight + windowHeight - 1u;
const stride: u32 = outChannels * inChannels * taps + outChannels;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> partials: array<f32>;
@group(0) @binding(3) var<uniform> statistics: array<vec4f, scaledChannels>;

/// n / d, rounded down, for n below 2^20: floats divide many times as fast as whole numbers on a processor.
fn quotient(n: u32, d: u32) -> u32 {
  return u32((f32(n) + 0.5) / f32(d));
}

@compute @workgroup_size(workgroupSize)
fn partial(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
  // no tail: splits are a whole number of workgroups, and strips beyond the last count as dy = 0
  let lane = id.x % lanes;
  let split = id.x / lanes;
  let firstOutput = group.y * (lanes * sheets) + lane;
  let firstChannel = group.z * blockChannels;
  var gradient: array<f32, sheets * blockChannels * taps>; // scalars
  var biasGradient: array<f32, sheets>; // scalars
  for (var round = 0u; round < stripsPerSplit; round++) {
    let strip = round * splits + split;
    let nearestStrip = min(strip, strips - 1u);
    let n = quotient(nearestStrip, tileColumns);
    let nominalColumn = (nearestStrip - n * tileColumns) * tileWidth;
    let column = min(nominalColumn, outWidth - tileWidth);
    var plane: array<u32, blockChannels>; // scalars
    var scale: array<f32, blockChannels>; // scalars
    var shift: array<f32, blockChannels>; // scalars
    for (var b = 0u; b < blockChannels; b++) { // unroll
      let c = min(firstChannel + b, inChannels - 1u);
      plane[b] = (n * inChannels + c) * (inHeight * inWidth);
      scale[b] = statistics[min(c, scaledChannels - 1u)].x;
      shift[b] = statistics[min(c, scaledChannels - 1u)].y;
    }
    var values: array<f32, blockChannels * seen>; // scalars
    for (var below = 0u; below < roundsPerStrip; below++) {
      // The last row that the window sees; the window's first row is that of dy.
      let r = below - padTop; // above the image it wraps to a huge number
      var offset: array<u32, loadsPerRow>; // scalars
      var inside: array<bool, loadsPerRow>; // scalars
      for (var l = 0u; l < loadsPerRow; l++) { // unroll
        let s = column + l * lanes + lane - padLeft;
        inside[l] = (r < inHeight) & (s < inWidth);
        offset[l] = select(0u, r * inWidth + s, inside[l]);
      }
      for (var b = 0u; b < blockChannels; b++) { // unroll
        for (var e = 0u; e < seen - regionWidth; e++) { // unroll
          values[b * seen + e] = values[b * seen + e + regionWidth];
        }
        var rows: array<f32, loadsPerRow>; // scalars
        for (var l = 0u; l < loadsPerRow; l++) { // unroll
          rows[l] = select(0.0, x[plane[b] + offset[l]] * scale[b] + shift[b], inside[l]);
        }
        for (var j = 0u; j < regionWidth; j++) { // unroll
          values[b * seen + seen - regionWidth + j] = subgroupShuffle(rows[j / lanes], j % lanes);
        }
      }

      let i = below - (windowHeight - 1u); // above the first row it wraps to a huge number
      var d: array<f32, sheets * tileWidth>; // scalars
      for (var k = 0u; k < sheets; k++) { // unroll
        let o = min(firstOutput + k * lanes, outChannels - 1u);
        let first = ((n * outChannels + o) * outHeight + min(i, outHeight - 1u)) * outWidth + column;
        for (var j = 0u; j < tileWidth; j++) { // unroll
          let own = (strip < strips) & (i < outHeight) & (column + j >= nominalColumn);
          d[k * tileWidth + j] = select(0.0, dy[first + j], own);
          biasGradient[k] += d[k * tileWidth + j];
        }
      }
      for (var g = 0u; g < sheets * blockChannels * taps; g++) { // unroll
        for (var j = 0u; j < tileWidth; j++) { // unroll
          gradient[g] += d[g / (blockChannels * taps) * tileWidth + j]
            * values[g % (blockChannels * taps) / windowWidth * regionWidth + g % windowWidth + j];
        }
      }
    }
  }

  var results: array<f32, sheets * blockChannels * taps>;
  for (var t = 0u; t < sheets * blockChannels * taps; t++) { // unroll
    results[t] = gradient[t];
  }
  for (var k = 0u; k < sheets; k++) { // unroll
    let o = firstOutput + k * lanes;
    let first = split * stride + (o * inChannels + firstChannel) * taps;
    for (var t = 0u; t < blockChannels * taps; t++) { // in a loop: a line for each sum would take long to compile
      if ((o < outChannels) & (firstChannel * taps + t < inChannels * taps)) {
        partials[first + t] = results[k * blockChannels * taps + t];
      }
    }
    if ((o < outChannels) & (firstChannel == 0u)) {
      partials[split * stride + outChannels * inChannels * taps + o] = biasGradient[k];
    }
  }
}
