// conv2d: 2-D cross-correlation, direct and register-tiled.
//
//   y[n,o,i,j] = activation(b[o] + sum over c,u,v of x[n,c, i*sH + u - pT, j*sW + v - pL] * w[o,c,u,v])
//
//   x: f32[N,Cin,H,W]    y: f32[N,Cout,OH,OW]    b: f32[Cout]    x outside the image is 0
//   weights: vec4f[Cout/4,Cin,kH,kW], w packed so that one load gives the weights of four output channels; where
//   Cout is no multiple of 4 the missing channels are 0 and are not stored.
//   activation = max(., 0) if relu, else the identity.
//
// Dispatch: x over the tiles of all images, y over blocks of four output channels. An invocation computes a tile of
// tileHeight x tileWidth positions for four channels: it loads the region of x below the tile once per input channel
// and uses every loaded number up to kH*kW*4 times. Weights are the same for a whole workgroup, so they belong in a
// uniform buffer; the largest layers are cut into slices of blocks, one launch each, the first at firstBlock.
// No workgroup memory and no barrier: software adapters are about ten times faster so.
//
// The gradient with respect to x of a stride-1 convolution is this same kernel: dy in, dx out, w with its channels
// exchanged and its window turned by 180 degrees, padding k - 1 - p.

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
const relu: bool = false; // tunable
const useBias: bool = true; // tunable
const tileHeight: u32 = 4u; // tunable
const tileWidth: u32 = 4u; // tunable
const workgroupSize: u32 = 32u; // tunable
const firstBlock: u32 = 0u; // tunable: where this slice of blocks begins
const blocks: u32 = 1u; // tunable: blocks in this slice

const regionHeight: u32 = (tileHeight - 1u) * strideHeight + windowHeight;
const regionWidth: u32 = (tileWidth - 1u) * strideWidth + windowWidth;
const tileRows: u32 = (outHeight + tileHeight - 1u) / tileHeight;
const tileColumns: u32 = (outWidth + tileWidth - 1u) / tileWidth;
const tiles: u32 = batch * tileRows * tileColumns;
// Some stored output reads outside the image; otherwise no position needs a test.
const padded = padTop + padLeft > 0u
  || (outHeight - 1u) * strideHeight + windowHeight > inHeight
  || (outWidth - 1u) * strideWidth + windowWidth > inWidth;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<uniform> weights: array<vec4f, blocks * inChannels * windowHeight * windowWidth>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(workgroupSize)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
  // The tail repeats the last tile, and a tile that would reach over the edge moves back over its neighbour: both store
  // what another invocation stores as well, the same bits. A branch around loads and stores costs more everywhere.
  let tile = min(id.x, tiles - 1u);
  let n = tile / (tileRows * tileColumns);
  let row = min(tile / tileColumns % tileRows * tileHeight, outHeight - tileHeight);
  let column = min(tile % tileColumns * tileWidth, outWidth - tileWidth);
  let block = min(group.y, blocks - 1u); // the bound is for the compiler

  var sum: array<vec4f, tileHeight * tileWidth>; // scalars
  for (var c = 0u; c < inChannels; c++) {
    let plane = (n * inChannels + c) * (inHeight * inWidth);
    var region: array<f32, regionHeight * regionWidth>; // scalars
    for (var i = 0u; i < regionHeight; i++) { // unroll
      let u = row * strideHeight + i - padTop; // above the image it wraps to a huge number
      for (var j = 0u; j < regionWidth; j++) { // unroll
        let v = column * strideWidth + j - padLeft;
        let inside = !padded | ((u < inHeight) & (v < inWidth));
        region[i * regionWidth + j] = select(0.0, x[plane + select(0u, u * inWidth + v, inside)], inside);
      }
    }
    let first = (block * inChannels + c) * (windowHeight * windowWidth);
    for (var u = 0u; u < windowHeight; u++) { // unroll
      for (var v = 0u; v < windowWidth; v++) { // unroll
        let weight = weights[first + u * windowWidth + v];
        for (var i = 0u; i < tileHeight; i++) { // unroll
          for (var j = 0u; j < tileWidth; j++) { // unroll
            sum[i * tileWidth + j] += region[(i * strideHeight + u) * regionWidth + j * strideWidth + v] * weight;
          }
        }
      }
    }
  }

  for (var k = 0u; k < 4u; k++) { // unroll
    let o = (firstBlock + block) * 4u + k;
    if (outChannels % 4u == 0u || o < outChannels) {
      let corner = ((n * outChannels + o) * outHeight + row) * outWidth + column;
      var b = 0.0;
      if (useBias) { b = bias[o]; }
      for (var i = 0u; i < tileHeight; i++) { // unroll
        for (var j = 0u; j < tileWidth; j++) { // unroll
          let value = sum[i * tileWidth + j][k] + b;
          y[corner + i * outWidth + j] = select(value, max(value, 0.0), relu);
        }
      }
    }
  }
}
