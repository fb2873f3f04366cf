// conv2dWeightGradientTile: the gradient of a 2-D cross-correlation with stride 1 with respect to its weights and bias,
// by split-K over tiles in workgroup memory, for GPUs.
//
//   dw[o,c,u,v] = sum over n,i,j of dy[n,o,i,j] * z[n,c, i + u - pT, j + v - pL]
//   db[o]       = sum over n,i,j of dy[n,o,i,j]
//   z[n,c,r,s] = scale[c] * x[n,c,r,s] + shift[c] if affine, else x[n,c,r,s]; outside the image z is 0, not shift[c]
//
//   x: f32[N,Cin,H,W]    dy: f32[N,Cout,OH,OW]    dw: f32[Cout,Cin,kH,kW]    db: f32[Cout]    scaleShift: vec4f[Cin] = (scale, shift, ., .)
//   partials: f32[splits, Cout*Cin*kH*kW + Cout]: dw and then db of a part of the positions.
//   affine is optional: where it is false, scaleShift is not bound.
//
// The sum over positions is long and the results are few, so it is cut into splits.
// partial: dispatch x over splits, y over blocks of output channels, z over blocks of input channels. A workgroup walks
//   over tiles of tileRows x tileColumns positions, splits apart. It loads dy of its output channels and the patch of
//   its input channels; then outGroups * inGroups invocations, pixelGroups times over, take strips of positions of the
//   tile. An invocation keeps threadOutputs * threadInputs * kH * kW sums, of channels that are outGroups and inGroups
//   apart. A position beyond the image counts dy = 0. At the end the pixel groups are added in order.
// sumParts.wgsl adds the splits. The order of every sum is fixed, so the result has the same bits every time.
//
// Workgroup memory, bytes: 4 * (patchLength + dyRounds * dyPlanes * dyStride), each plane of an odd stride so that
// channels lie in different banks; the defaults here take 4 * (16 * 109 + 16 * 65) = 11,136.

const batch: u32 = 1u; // dimension: N
const inChannels: u32 = 1u; // dimension: Cin
const outChannels: u32 = 4u; // dimension: Cout
const inHeight: u32 = 8u; // dimension: H
const inWidth: u32 = 8u; // dimension: W
const outHeight: u32 = 6u; // dimension: OH
const outWidth: u32 = 6u; // dimension: OW
const padTop: u32 = 0u; // dimension: pT
const padLeft: u32 = 0u; // dimension: pL
const splits: u32 = 1u; // dimension
const windowHeight: u32 = 3u; // tunable: kH
const windowWidth: u32 = 3u; // tunable: kW
const affine: bool = false; // tunable
const workgroupSize: u32 = 128u; // tunable
const tileRows: u32 = 4u; // tunable
const tileColumns: u32 = 16u; // tunable: a multiple of strip
const strip: u32 = 4u; // tunable: positions of a row that an invocation takes at a time
const threadOutputs: u32 = 4u; // tunable: output channels of an invocation
const threadInputs: u32 = 2u; // tunable: input channels of an invocation
const outGroups: u32 = 4u; // tunable
const inGroups: u32 = 8u; // tunable

const taps: u32 = windowHeight * windowWidth;
const outBlock: u32 = threadOutputs * outGroups;
const inBlock: u32 = threadInputs * inGroups;
const groupSize: u32 = outGroups * inGroups;
const pixelGroups: u32 = workgroupSize / groupSize;
const tilesDown: u32 = (outHeight + tileRows - 1u) / tileRows;
const tilesAcross: u32 = (outWidth + tileColumns - 1u) / tileColumns;
const tiles: u32 = batch * tilesDown * tilesAcross;
const tilesPerSplit: u32 = (tiles + splits - 1u) / splits;
const stripsAcross: u32 = tileColumns / strip;
const stripsPerGroup: u32 = tileRows * stripsAcross / pixelGroups;
const lineLength: u32 = strip + windowWidth - 1u;

// A round loads as many whole planes of a tile as there are invocations for.
const patchWidth: u32 = tileColumns + windowWidth - 1u;
const patchArea: u32 = (tileRows + windowHeight - 1u) * patchWidth;
const patchPlanes: u32 = workgroupSize / patchArea;
const patchRounds: u32 = (inBlock + patchPlanes - 1u) / patchPlanes;
const patchStride: u32 = patchArea + (patchArea + 1u) % 2u;
const dyArea: u32 = tileRows * tileColumns;
const dyPlanes: u32 = workgroupSize / dyArea;
const dyRounds: u32 = (outBlock + dyPlanes - 1u) / dyPlanes;
const dyStride: u32 = dyArea + (dyArea + 1u) % 2u;
const segments: u32 = workgroupSize / outBlock;
const segmentLength: u32 = dyArea / segments;

const laneStride: u32 = workgroupSize + 1u;
const resultRounds: u32 = (groupSize * taps + workgroupSize - 1u) / workgroupSize;
const patchLength: u32 = max(patchRounds * patchPlanes * patchStride, taps * laneStride);

const weightCount: u32 = outChannels * inChannels * taps;
const resultCount: u32 = weightCount + outChannels;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> partials: array<f32>;
@group(0) @binding(3) var<storage, read> scaleShift: array<vec4f>;

// The planes of x below a tile; in the end, sums of all invocations [taps, laneStride].
var<workgroup> patches: array<f32, patchLength>;
var<workgroup> dyTile: array<f32, dyRounds * dyPlanes * dyStride>;

@compute @workgroup_size(workgroupSize)
fn partial(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  // no tail: the grid is exact, and tiles beyond the last count as dy = 0
  let firstOutput = group.y * outBlock;
  let firstInput = group.z * inBlock;
  let pixelGroup = lane / groupSize;
  let outGroup = lane % groupSize / inGroups;
  let inGroup = lane % inGroups;
  // What this invocation loads of each round's planes.
  let patchPlane = min(lane / patchArea, patchPlanes - 1u);
  let patchElement = lane % patchArea;
  let dyPlane = min(lane / dyArea, dyPlanes - 1u);
  let dyElement = lane % dyArea;

  var sum: array<f32, threadOutputs * threadInputs * taps>; // scalars
  var biasSum = 0.0;
  for (var k = 0u; k < tilesPerSplit; k++) {
    let tile = k * splits + group.x;
    let n = min(tile / (tilesDown * tilesAcross), batch - 1u);
    let row = tile / tilesAcross % tilesDown * tileRows;
    let column = tile % tilesAcross * tileColumns;
    if (lane < patchPlanes * patchArea) {
      let r = row + patchElement / patchWidth - padTop; // above the image it wraps to a huge number
      let s = column + patchElement % patchWidth - padLeft;
      let inside = (r < inHeight) & (s < inWidth);
      let offset = select(0u, r * inWidth + s, inside);
      for (var plane = 0u; plane < patchRounds; plane++) { // unroll
        // A channel beyond the last is loaded again and its sums are not stored.
        let c = min(firstInput + plane * patchPlanes + patchPlane, inChannels - 1u);
        var value = x[(n * inChannels + c) * (inHeight * inWidth) + offset];
        if (affine) { // fold
          value = scaleShift[c].x * value + scaleShift[c].y;
        }
        patches[(plane * patchPlanes + patchPlane) * patchStride + patchElement] = select(0.0, value, inside);
      }
    }
    if (lane < dyPlanes * dyArea) {
      let i = row + dyElement / tileColumns;
      let j = column + dyElement % tileColumns;
      let inside = (tile < tiles) & (i < outHeight) & (j < outWidth);
      let offset = select(0u, i * outWidth + j, inside);
      for (var plane = 0u; plane < dyRounds; plane++) { // unroll
        let o = min(firstOutput + plane * dyPlanes + dyPlane, outChannels - 1u);
        let value = dy[(n * outChannels + o) * (outHeight * outWidth) + offset];
        dyTile[(plane * dyPlanes + dyPlane) * dyStride + dyElement] = select(0.0, value, inside);
      }
    }
    workgroupBarrier();
    for (var m = 0u; m < stripsPerGroup; m++) {
      let own = m * pixelGroups + pixelGroup;
      var d: array<f32, threadOutputs * strip>; // scalars
      for (var o = 0u; o < threadOutputs; o++) { // unroll
        for (var p = 0u; p < strip; p++) { // unroll
          d[o * strip + p] = dyTile[(o * outGroups + outGroup) * dyStride + own * strip + p];
        }
      }
      let corner = own / stripsAcross * patchWidth + own % stripsAcross * strip;
      for (var u = 0u; u < windowHeight; u++) { // unroll
        for (var c = 0u; c < threadInputs; c++) { // unroll
          var line: array<f32, lineLength>; // scalars
          for (var p = 0u; p < lineLength; p++) { // unroll
            line[p] = patches[(c * inGroups + inGroup) * patchStride + corner + u * patchWidth + p];
          }
          for (var v = 0u; v < windowWidth; v++) { // unroll
            for (var o = 0u; o < threadOutputs; o++) { // unroll
              for (var p = 0u; p < strip; p++) { // unroll
                sum[(o * threadInputs + c) * taps + u * windowWidth + v] += d[o * strip + p] * line[p + v];
              }
            }
          }
        }
      }
    }
    if (group.z == 0u) {
      for (var p = 0u; p < segmentLength; p++) {
        biasSum += dyTile[lane % outBlock * dyStride + lane / outBlock * segmentLength + p];
      }
    }
    workgroupBarrier();
  }

  let first = group.x * resultCount;
  for (var o = 0u; o < threadOutputs; o++) { // unroll
    for (var c = 0u; c < threadInputs; c++) { // unroll
      for (var t = 0u; t < taps; t++) { // unroll
        patches[t * laneStride + lane] = sum[(o * threadInputs + c) * taps + t];
      }
      workgroupBarrier();
      // Neighbours take neighbouring taps, and then neighbouring input channels: as partials have them.
      for (var k = 0u; k < resultRounds; k++) {
        let result = min(k * workgroupSize + lane, groupSize * taps - 1u);
        let member = result / taps;
        let t = result % taps;
        var total = 0.0;
        for (var pixels = 0u; pixels < pixelGroups; pixels++) {
          total += patches[t * laneStride + pixels * groupSize + member];
        }
        let output = firstOutput + o * outGroups + member / inGroups;
        let input = firstInput + c * inGroups + member % inGroups;
        if ((k * workgroupSize + lane < groupSize * taps) & (output < outChannels) & (input < inChannels)) {
          partials[first + (output * inChannels + input) * taps + t] = total;
        }
      }
      workgroupBarrier();
    }
  }
  patches[lane] = biasSum;
  workgroupBarrier();
  if ((group.z == 0u) & (lane < outBlock) & (firstOutput + lane < outChannels)) {
    var total = 0.0;
    for (var k = 0u; k < segments; k++) { // unroll
      total += patches[k * outBlock + lane % outBlock];
    }
    partials[first + weightCount + firstOutput + lane] = total;
  }
}
