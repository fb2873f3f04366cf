// conv2dWeightGradient: the gradient of a 2-D cross-correlation with respect to its weights and bias, by split-K.
//
//   dw[o,c,u,v] = sum over n,i,j of dy[n,o,i,j] * x[n,c, i*sH + u - pT, j*sW + v - pL]
//   db[o]       = sum over n,i,j of dy[n,o,i,j]
//
//   x: f32[N,Cin,H,W]    dy: f32[N,Cout,OH,OW]    dw: f32[Cout,Cin,kH,kW]    db: f32[Cout]
//   partials: vec4f[Cout/4,Cin,kH*kW+1,splits], sums over a part of (n,i,j) for four output channels; the last entry
//   of kH*kW+1 is that of db.
//
// The sum over positions is long (N*OH*OW terms) and the results are few, so it is cut into splits.
// partial: an invocation (split, block of four o, c) walks over tiles of positions, `splits` apart: it loads a tile of
//   dy for four channels and the region of x below it, and keeps one sum for each window position.
// reduce: one invocation per element of dw and db adds the splits in order.
// The order of every sum is fixed, so the result has the same bits every time. There is no workgroup memory: a barrier
// costs a software adapter more than the second pass.

const batch: u32 = 1u; // tunable: N
const inChannels: u32 = 1u; // tunable: Cin
const outChannels: u32 = 4u; // tunable: Cout
const inHeight: u32 = 8u; // tunable: H
const inWidth: u32 = 8u; // tunable: W
const outHeight: u32 = 6u; // tunable: OH
const outWidth: u32 = 6u; // tunable: OW
const windowHeight: u32 = 3u; // tunable: kH
const windowWidth: u32 = 3u; // tunable: kW
const strideHeight: u32 = 1u; // tunable: sH
const strideWidth: u32 = 1u; // tunable: sW
const padTop: u32 = 0u; // tunable: pT
const padLeft: u32 = 0u; // tunable: pL
const tileHeight: u32 = 4u; // tunable
const tileWidth: u32 = 4u; // tunable
const workgroupSize: u32 = 32u; // tunable
const splits: u32 = 32u; // tunable: a multiple of workgroupSize

const taps: u32 = windowHeight * windowWidth;
const blocks: u32 = (outChannels + 3u) / 4u;
const regionHeight: u32 = (tileHeight - 1u) * strideHeight + windowHeight;
const regionWidth: u32 = (tileWidth - 1u) * strideWidth + windowWidth;
const tileRows: u32 = (outHeight + tileHeight - 1u) / tileHeight;
const tileColumns: u32 = (outWidth + tileWidth - 1u) / tileWidth;
const tiles: u32 = batch * tileRows * tileColumns;
const tilesPerSplit: u32 = (tiles + splits - 1u) / splits;
const padded = padTop + padLeft > 0u
  || (outHeight - 1u) * strideHeight + windowHeight > inHeight
  || (outWidth - 1u) * strideWidth + windowWidth > inWidth;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> partials: array<vec4f>;

@compute @workgroup_size(workgroupSize)
fn partial(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
  // no tail: the grid is exact, and tiles beyond the last count as dy = 0
  let split = id.x;
  let block = group.y;
  let c = group.z;
  var gradient: array<vec4f, taps>; // scalars
  var biasGradient = vec4f();
  for (var k = 0u; k < tilesPerSplit; k++) {
    let tile = k * splits + split;
    let n = min(tile / (tileRows * tileColumns), batch - 1u);
    let nominalRow = tile / tileColumns % tileRows * tileHeight;
    let nominalColumn = tile % tileColumns * tileWidth;
    // A tile that would reach over the edge moves back over its neighbour, whose positions then count 0 here.
    let row = min(nominalRow, outHeight - tileHeight);
    let column = min(nominalColumn, outWidth - tileWidth);

    var region: array<f32, regionHeight * regionWidth>; // scalars
    let plane = (n * inChannels + c) * (inHeight * inWidth);
    for (var i = 0u; i < regionHeight; i++) { // unroll
      let u = row * strideHeight + i - padTop; // above the image it wraps to a huge number
      for (var j = 0u; j < regionWidth; j++) { // unroll
        let v = column * strideWidth + j - padLeft;
        let inside = !padded | ((u < inHeight) & (v < inWidth));
        region[i * regionWidth + j] = select(0.0, x[plane + select(0u, u * inWidth + v, inside)], inside);
      }
    }
    var d: array<vec4f, tileHeight * tileWidth>; // scalars
    for (var o = 0u; o < 4u; o++) { // unroll
      let channel = min(block * 4u + o, outChannels - 1u);
      let corner = ((n * outChannels + channel) * outHeight + row) * outWidth + column;
      for (var i = 0u; i < tileHeight; i++) { // unroll
        for (var j = 0u; j < tileWidth; j++) { // unroll
          d[i * tileWidth + j][o] = dy[corner + i * outWidth + j];
        }
      }
    }
    for (var i = 0u; i < tileHeight; i++) { // unroll
      for (var j = 0u; j < tileWidth; j++) { // unroll
        let own = (tile < tiles) & (row + i >= nominalRow) & (column + j >= nominalColumn);
        d[i * tileWidth + j] *= f32(own);
        biasGradient += d[i * tileWidth + j];
      }
    }
    for (var u = 0u; u < windowHeight; u++) { // unroll
      for (var v = 0u; v < windowWidth; v++) { // unroll
        for (var i = 0u; i < tileHeight; i++) { // unroll
          for (var j = 0u; j < tileWidth; j++) { // unroll
            gradient[u * windowWidth + v] +=
              d[i * tileWidth + j] * region[(i * strideHeight + u) * regionWidth + j * strideWidth + v];
          }
        }
      }
    }
  }

  let first = (block * inChannels + c) * (taps + 1u) * splits + split;
  for (var t = 0u; t < taps; t++) { // unroll
    partials[first + t * splits] = gradient[t];
  }
  partials[first + taps * splits] = biasGradient;
}

@group(0) @binding(0) var<storage, read> splitSums: array<f32>; // partials, as floats
@group(0) @binding(1) var<storage, read_write> dw: array<f32>;
@group(0) @binding(2) var<storage, read_write> db: array<f32>;

const weightCount: u32 = outChannels * inChannels * taps;

@compute @workgroup_size(64)
fn reduce(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  if (index >= weightCount + outChannels) { return; }
  let isBias = index >= weightCount;
  let o = select(index / (inChannels * taps), index - weightCount, isBias);
  let c = select(index / taps % inChannels, 0u, isBias);
  let t = select(index % taps, taps, isBias);
  let first = ((o / 4u * inChannels + c) * (taps + 1u) + t) * splits;
  var sum = 0.0;
  for (var s = 0u; s < splits; s++) { sum += splitSums[(first + s) * 4u + o % 4u]; }
  if (isBias) { db[o] = sum; } else { dw[index] = sum; }
}
