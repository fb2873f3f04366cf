// maxPool2d: 2-D max pooling and its gradient.
//
//   forward    y[n,c,i,j]   = max x[n,c,u,v]   over (u,v) in window(i,j)
//              arg[n,c,i,j] = u*W + v          of the first (u,v), row by row, that attains it
//   backward   dx[n,c,u,v]  = sum dy[n,c,i,j]  over (i,j) with arg[n,c,i,j] = u*W + v
//
//   window(i,j) = { (u,v) in the image : 0 <= u + pT - i*sH < kH, 0 <= v + pL - j*sW < kW }
//   x, dx: f32[N,C,H,W]    y, dy: f32[N,C,OH,OW]    arg: u32[N,C,OH,OW]
//
// Dispatch: one invocation per element of y (forward) or of dx (backward).
// Ties: the first maximum takes the whole gradient, as in TensorFlow's CPU kernel. They are common: after ReLU and batch
// normalisation every dead pixel of a channel has the same value.
// Padding is skipped, not read: WGSL has no literal for minus infinity.
// NaN gives an unspecified result: WGSL lets a device assume that there is none.
// backward gathers (each x asks which windows it won): WGSL has no f32 atomics to scatter with.

const planes: u32 = 1u; // tunable: N*C
const inHeight: u32 = 2u; // tunable: H
const inWidth: u32 = 2u; // tunable: W
const outHeight: u32 = 1u; // tunable: OH
const outWidth: u32 = 1u; // tunable: OW
const windowHeight: u32 = 2u; // tunable: kH
const windowWidth: u32 = 2u; // tunable: kW
const strideHeight: u32 = 2u; // tunable: sH
const strideWidth: u32 = 2u; // tunable: sW
const padTop: u32 = 0u; // tunable: pT
const padLeft: u32 = 0u; // tunable: pL

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> arg: array<u32>;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  if (index >= planes * outHeight * outWidth) { return; }
  let image = index / (outHeight * outWidth) * (inHeight * inWidth);
  let top = index / outWidth % outHeight * strideHeight; // in padded coordinates, to stay unsigned
  let left = index % outWidth * strideWidth;

  let first = (max(top, padTop) - padTop) * inWidth + max(left, padLeft) - padLeft;
  var best = first;
  var bestValue = x[image + first];
  for (var i = 0u; i < windowHeight; i++) {
    let u = top + i - padTop; // above the image it wraps to a huge number
    for (var j = 0u; j < windowWidth; j++) {
      let v = left + j - padLeft;
      if (u < inHeight && v < inWidth) {
        let value = x[image + u * inWidth + v];
        if (value > bestValue) { // strict: the first of equals stays
          best = u * inWidth + v;
          bestValue = value;
        }
      }
    }
  }
  y[index] = bestValue;
  arg[index] = best;
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> winner: array<u32>; // arg
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

// Windows that a position can be in, along each axis.
const windowsDown: u32 = (windowHeight + strideHeight - 1u) / strideHeight;
const windowsAcross: u32 = (windowWidth + strideWidth - 1u) / strideWidth;

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  if (index >= planes * inHeight * inWidth) { return; }
  let image = index / (inHeight * inWidth) * (outHeight * outWidth);
  let here = index % (inHeight * inWidth);
  let lastRow = (here / inWidth + padTop) / strideHeight; // the last window that can hold this row
  let lastColumn = (here % inWidth + padLeft) / strideWidth;

  var sum = 0.0;
  for (var a = 0u; a < windowsDown; a++) {
    let i = lastRow - a; // before the first window it wraps to a huge number
    for (var b = 0u; b < windowsAcross; b++) {
      let j = lastColumn - b;
      if (i < outHeight && j < outWidth) {
        let at = image + i * outWidth + j;
        sum += select(0.0, dy[at], winner[at] == here);
      }
    }
  }
  dx[index] = sum;
}
