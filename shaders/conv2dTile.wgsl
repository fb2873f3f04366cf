// conv2dTile: 2-D cross-correlation with stride 1 as an implicit matrix product over spatial tiles, for GPUs.
//
//   y[n,o,i,j] = activation(b[o] + sum over c,u,v of z[n,c, i + u - pT, j + v - pL] * w[o,c,u,v])
//   z[n,c,r,s] = scale[c] * x[n,c,r,s] + shift[c] if affine, else x[n,c,r,s]; outside the image z is 0, not shift[c]
//
//   x: f32[N,Cin,H,W]    y: f32[N,Cout,OH,OW]    b: f32[Cout]    scaleShift: vec4f[Cin] = (scale, shift, ., .)
//   weights: vec4f[blocks, Cin rounded up to chunks, kH, kW, quads], w packed so that what a workgroup needs of a chunk
//   of input channels is one run of it; channels beyond Cin and Cout are 0.
//   activation = max(., 0) if relu, else the identity. useBias, affine, useMoments and useGradientSums are optional:
//   where one is false, what it needs is not bound.
//
// moments:      vec4f[Cout, parts] = (count, mean, sum of squared deviations from it, 0) of the values of y that this
//   workgroup stores of a channel. Parts are merged by whoever reads them.
// gradientSums: vec2f[Cout, parts] = (sum of g, sum of g * (a - mean[o]) * inverse[o]) over the same, where g = y.
//   a: f32[N,Cout,OH,OW]    saved: vec4f[Cout] = (., ., mean, inverse)
//   Every stored position counts once. The order of the sums is fixed: positions of an invocation, eight invocations,
//   segments of eight.
//
// Dispatch: x and y over the parts (tiles of blockRows x blockColumns positions of all images), z over blocks of output
// channels. A workgroup takes a chunk of input channels at a time: it loads the patch of x below its tile, halo
// included, and the weights into workgroup memory, and each invocation adds to tileHeight x tileWidth positions of
// 4 * channelQuads output channels. An invocation's rows follow each other, so a loaded column serves kH rows of the
// window; its columns are lanesAcross apart, so that neighbouring invocations read and store neighbouring words.
// Positions of a tile beyond the image are computed from zeros and not stored.
//
// Workgroup memory, bytes: 4 * chunk * patchStride + 16 * weightRounds * workgroupSize, and with sums
// 4 * (workgroupSize + blockChannels) more; the defaults here take 10,240 + 4,096 + 576 = 14,912.
//
// The gradient with respect to x is this same kernel: dy in, dx out, w with its channels exchanged and its window
// turned by 180 degrees, padding k - 1 - p.

const batch: u32 = 1u; // dimension: N
const inChannels: u32 = 1u; // dimension: Cin
const outChannels: u32 = 4u; // dimension: Cout
const inHeight: u32 = 8u; // dimension: H
const inWidth: u32 = 8u; // dimension: W
const outHeight: u32 = 6u; // dimension: OH
const outWidth: u32 = 6u; // dimension: OW
const padTop: u32 = 0u; // dimension: pT
const padLeft: u32 = 0u; // dimension: pL
const windowHeight: u32 = 3u; // tunable: kH
const windowWidth: u32 = 3u; // tunable: kW
const relu: bool = false; // tunable
const useBias: bool = true; // tunable
const affine: bool = false; // tunable
const useMoments: bool = false; // tunable
const useGradientSums: bool = false; // tunable
const workgroupSize: u32 = 128u; // tunable: a multiple of the channels of a block
const lanesAcross: u32 = 32u; // tunable: invocations side by side in a tile
const tileHeight: u32 = 8u; // tunable
const tileWidth: u32 = 1u; // tunable
const channelQuads: u32 = 2u; // tunable: an invocation's output channels, in fours
const channelGroups: u32 = 2u; // tunable: so many times over they make a block of output channels
const chunk: u32 = 4u; // tunable: input channels in workgroup memory at a time

const taps: u32 = windowHeight * windowWidth;
const positionLanes: u32 = workgroupSize / channelGroups;
const blockRows: u32 = positionLanes / lanesAcross * tileHeight;
const blockColumns: u32 = lanesAcross * tileWidth;
const tileRows: u32 = (outHeight + blockRows - 1u) / blockRows;
const tileColumns: u32 = (outWidth + blockColumns - 1u) / blockColumns;
const parts: u32 = batch * tileRows * tileColumns;
const chunks: u32 = (inChannels + chunk - 1u) / chunk;

const columnHeight: u32 = tileHeight + windowHeight - 1u;
const patchWidth: u32 = blockColumns + windowWidth - 1u;
const patchArea: u32 = (blockRows + windowHeight - 1u) * patchWidth;
const patchRounds: u32 = (patchArea + workgroupSize - 1u) / workgroupSize;
const patchStride: u32 = patchRounds * workgroupSize; // of a channel: whole rounds, so that storing needs no test
const quads: u32 = channelGroups * channelQuads;
const weightCount: u32 = chunk * taps * quads; // vec4s of a chunk
const weightRounds: u32 = (weightCount + workgroupSize - 1u) / workgroupSize;
const outside: u32 = 0xffffffffu;

const laneChannels: u32 = 4u * channelQuads;
const blockChannels: u32 = channelGroups * laneChannels;
const segments: u32 = workgroupSize / blockChannels;
const laneStride: u32 = workgroupSize + 1u; // odd, so that the channels of an invocation lie in different banks

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read> scaleShift: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> moments: array<vec4f>;
@group(0) @binding(6) var<storage, read> a: array<f32>;
@group(0) @binding(7) var<storage, read> saved: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> gradientSums: array<vec2f>;

// The patches of a chunk [chunk, patchStride]; after the product, sums of invocations [laneChannels, laneStride].
var<workgroup> patches: array<f32, max(chunk * patchStride, laneChannels * laneStride)>;
var<workgroup> weightTile: array<vec4f, weightRounds * workgroupSize>;
var<workgroup> segmentSums: array<f32, workgroupSize>;
var<workgroup> channelSums: array<f32, blockChannels>;

// Adds what the invocations left in patches, for each channel of the block, into channelSums.
fn sumLanes(lane: u32) {
  workgroupBarrier();
  let own = lane % blockChannels;
  // A segment has as many invocations as an invocation has channels.
  let first = own % laneChannels * laneStride + own / laneChannels * positionLanes + lane / blockChannels * laneChannels;
  var sum = 0.0;
  for (var k = 0u; k < laneChannels; k++) { // unroll
    sum += patches[first + k];
  }
  segmentSums[lane] = sum;
  workgroupBarrier();
  if (lane < blockChannels) {
    var total = 0.0;
    for (var k = 0u; k < segments; k++) { // unroll
      total += segmentSums[k * blockChannels + lane];
    }
    channelSums[lane] = total;
  }
  workgroupBarrier();
}

@compute @workgroup_size(workgroupSize)
fn convolve(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  // no tail: workgroups beyond the last part repeat it
  let part = min(group.y * groups.x + group.x, parts - 1u);
  let block = group.z;
  let n = part / (tileRows * tileColumns);
  let firstRow = part / tileColumns % tileRows * blockRows;
  let firstColumn = part % tileColumns * blockColumns;
  let position = lane % positionLanes;
  let channelGroup = lane / positionLanes;
  let down = position / lanesAcross * tileHeight;
  let across = position % lanesAcross;

  // Where in a plane of x this invocation's elements of a patch stand: the same for all channels.
  var offset: array<u32, patchRounds>; // scalars
  for (var k = 0u; k < patchRounds; k++) { // unroll
    let element = k * workgroupSize + lane;
    let r = firstRow + element / patchWidth - padTop; // above the image it wraps to a huge number
    let s = firstColumn + element % patchWidth - padLeft;
    offset[k] = select(outside, r * inWidth + s, (element < patchArea) & (r < inHeight) & (s < inWidth));
  }

  var sum: array<vec4f, tileHeight * tileWidth * channelQuads>; // scalars
  for (var stage = 0u; stage < chunks; stage++) {
    for (var c = 0u; c < chunk; c++) { // unroll
      let channel = min(stage * chunk + c, inChannels - 1u);
      let plane = (n * inChannels + channel) * (inHeight * inWidth);
      let isChannel = stage * chunk + c < inChannels;
      for (var k = 0u; k < patchRounds; k++) { // unroll
        let inside = offset[k] != outside;
        var value = x[plane + select(0u, offset[k], inside)];
        if (affine) { // fold
          value = scaleShift[channel].x * value + scaleShift[channel].y;
        }
        patches[c * patchStride + k * workgroupSize + lane] = select(0.0, value, inside & isChannel);
      }
    }
    for (var k = 0u; k < weightRounds; k++) { // unroll
      let element = k * workgroupSize + lane;
      weightTile[element] = weights[(block * chunks + stage) * weightCount + min(element, weightCount - 1u)];
    }
    workgroupBarrier();
    for (var c = 0u; c < chunk; c++) {
      for (var v = 0u; v < windowWidth; v++) { // unroll
        var column: array<f32, columnHeight * tileWidth>; // scalars
        for (var i = 0u; i < columnHeight; i++) { // unroll
          for (var j = 0u; j < tileWidth; j++) { // unroll
            column[i * tileWidth + j] =
              patches[c * patchStride + (down + i) * patchWidth + across + j * lanesAcross + v];
          }
        }
        for (var u = 0u; u < windowHeight; u++) { // unroll
          for (var q = 0u; q < channelQuads; q++) { // unroll
            let weight = weightTile[(c * taps + u * windowWidth + v) * quads + channelGroup * channelQuads + q];
            for (var i = 0u; i < tileHeight; i++) { // unroll
              for (var j = 0u; j < tileWidth; j++) { // unroll
                sum[(i * tileWidth + j) * channelQuads + q] += column[(i + u) * tileWidth + j] * weight;
              }
            }
          }
        }
      }
    }
    workgroupBarrier();
  }

  let row = firstRow + down;
  let column = firstColumn + across;
  let firstChannel = block * blockChannels + channelGroup * laneChannels;
  for (var q = 0u; q < channelQuads; q++) { // unroll
    var b = vec4f();
    if (useBias) { // fold
      for (var k = 0u; k < 4u; k++) { // unroll
        b[k] = bias[min(firstChannel + q * 4u + k, outChannels - 1u)];
      }
    }
    for (var p = 0u; p < tileHeight * tileWidth; p++) { // unroll
      let value = sum[p * channelQuads + q] + b;
      sum[p * channelQuads + q] = select(value, max(value, vec4f()), relu);
    }
    for (var k = 0u; k < 4u; k++) { // unroll
      let o = firstChannel + q * 4u + k;
      let corner = ((n * outChannels + o) * outHeight + row) * outWidth + column;
      for (var i = 0u; i < tileHeight; i++) { // unroll
        for (var j = 0u; j < tileWidth; j++) { // unroll
          if ((o < outChannels) & (row + i < outHeight) & (column + j * lanesAcross < outWidth)) {
            y[corner + i * outWidth + j * lanesAcross] = sum[(i * tileWidth + j) * channelQuads + q][k];
          }
        }
      }
    }
  }

  if (useMoments) { // fold
    for (var q = 0u; q < channelQuads; q++) { // unroll
      var total = vec4f();
      for (var i = 0u; i < tileHeight; i++) { // unroll
        for (var j = 0u; j < tileWidth; j++) { // unroll
          let stored = (row + i < outHeight) & (column + j * lanesAcross < outWidth);
          total += select(vec4f(), sum[(i * tileWidth + j) * channelQuads + q], stored);
        }
      }
      for (var k = 0u; k < 4u; k++) { // unroll
        patches[(q * 4u + k) * laneStride + lane] = total[k];
      }
    }
    sumLanes(lane);
    let count = f32(min(blockRows, outHeight - firstRow) * min(blockColumns, outWidth - firstColumn));
    let ownMean = channelSums[lane % blockChannels] / count;
    for (var q = 0u; q < channelQuads; q++) { // unroll
      var mean = vec4f();
      for (var k = 0u; k < 4u; k++) { // unroll
        mean[k] = channelSums[channelGroup * laneChannels + q * 4u + k] / count;
      }
      var total = vec4f();
      for (var i = 0u; i < tileHeight; i++) { // unroll
        for (var j = 0u; j < tileWidth; j++) { // unroll
          let stored = (row + i < outHeight) & (column + j * lanesAcross < outWidth);
          let deviation = select(vec4f(), sum[(i * tileWidth + j) * channelQuads + q] - mean, stored);
          total += deviation * deviation;
        }
      }
      for (var k = 0u; k < 4u; k++) { // unroll
        patches[(q * 4u + k) * laneStride + lane] = total[k];
      }
    }
    sumLanes(lane);
    let o = block * blockChannels + lane;
    if ((lane < blockChannels) & (o < outChannels)) {
      moments[o * parts + part] = vec4f(count, ownMean, channelSums[lane % blockChannels], 0.0);
    }
  }

  if (useGradientSums) { // fold
    var products: array<vec4f, channelQuads>; // scalars
    for (var q = 0u; q < channelQuads; q++) { // unroll
      var total = vec4f();
      for (var k = 0u; k < 4u; k++) { // unroll
        let o = min(firstChannel + q * 4u + k, outChannels - 1u);
        let corner = ((n * outChannels + o) * outHeight + row) * outWidth + column;
        let meanInverse = saved[o].zw;
        for (var i = 0u; i < tileHeight; i++) { // unroll
          for (var j = 0u; j < tileWidth; j++) { // unroll
            if ((row + i < outHeight) & (column + j * lanesAcross < outWidth)) {
              let g = sum[(i * tileWidth + j) * channelQuads + q][k];
              total[k] += g;
              products[q][k] += g * (a[corner + i * outWidth + j * lanesAcross] - meanInverse.x) * meanInverse.y;
            }
          }
        }
        patches[(q * 4u + k) * laneStride + lane] = total[k];
      }
    }
    sumLanes(lane);
    let gradients = channelSums[lane % blockChannels];
    for (var q = 0u; q < channelQuads; q++) { // unroll
      for (var k = 0u; k < 4u; k++) { // unroll
        patches[(q * 4u + k) * laneStride + lane] = products[q][k];
      }
    }
    sumLanes(lane);
    let o = block * blockChannels + lane;
    if ((lane < blockChannels) & (o < outChannels)) {
      gradientSums[o * parts + part] = vec2f(gradients, channelSums[lane % blockChannels]);
    }
  }
}
