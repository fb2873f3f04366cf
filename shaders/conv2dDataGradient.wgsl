// conv2dDataGradient: the gradient of a 2-D cross-correlation with respect to its input, for any stride.
//
//   dx[n,c,r,s] = sum over o,u,v of dy[n,o,i,j] * w[o,c,u,v]   where i*sH + u = r + pT and j*sW + v = s + pL
//
//   dx: f32[N,Cin,H,W]    dy: f32[N,Cout,OH,OW]    w: f32[Cout,Cin,kH,kW]
//
// Dispatch: one invocation per element of dx, which asks every window position whether an output stands there.
// It gathers: WGSL has no f32 atomics to scatter with. With stride 1 conv2d.wgsl does the same work faster.

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

const size: u32 = batch * inChannels * inHeight * inWidth;

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  if (index >= size) { return; }
  let s = index % inWidth + padLeft;
  let r = index / inWidth % inHeight + padTop;
  let c = index / (inWidth * inHeight) % inChannels;
  let n = index / (inWidth * inHeight * inChannels);

  var sum = 0.0;
  for (var u = 0u; u < windowHeight; u++) {
    let i = (r - u) / strideHeight; // r < u wraps to a huge number, which the test below refuses
    let onRow = r >= u && (r - u) % strideHeight == 0u && i < outHeight;
    for (var v = 0u; v < windowWidth; v++) {
      let j = (s - v) / strideWidth;
      if (onRow && s >= v && (s - v) % strideWidth == 0u && j < outWidth) {
        for (var o = 0u; o < outChannels; o++) {
          let at = ((n * outChannels + o) * outHeight + i) * outWidth + j;
          sum += dy[at] * w[((o * inChannels + c) * windowHeight + u) * windowWidth + v];
        }
      }
    }
  }
  dx[index] = sum;
}
