// maxPool2dNormalised: max pooling of a batch normalisation's output that nobody wrote: y = scale[c] * a + shift[c].
//
//   arg[n,c,i,j]   = the element (u,v) = u*W + v of window(i,j) with the largest scale[c] * a, the first of equals
//   best[n,c,i,j]  = a there, or scale * a + shift if applied: the largest y of the window
//
//   a: f32[N,C,H,W]    best, arg: [N,C,OH,OW]    statistics: vec4f[C], (scale, shift, mean, inverse)
//
// Windows lie side by side, and none reaches beyond the image: OH = H / windowHeight, rounded down.
// The order of a window's y is that of its a, or the reverse where scale < 0; where rounding makes two y equal, this
// picks the larger a, and another kernel perhaps the first.
//
// Dispatch: a workgroup a plane. forwardPairs is for windows two wide over an even W: it loads both elements of a row.

const planes: u32 = 1u; // dimension: N*C
const channels: u32 = 1u; // dimension: C
const inHeight: u32 = 2u; // dimension: H
const inWidth: u32 = 2u; // dimension: W
const outHeight: u32 = 1u; // dimension: OH
const outWidth: u32 = 1u; // dimension: OW
const windowHeight: u32 = 2u; // tunable
const windowWidth: u32 = 2u; // tunable
const applied: bool = false; // tunable

const lanes: u32 = 64u;
const outPlane: u32 = outHeight * outWidth;
const rounds: u32 = (outPlane + lanes - 1u) / lanes;

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> statistics: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> best: array<f32>;
@group(0) @binding(3) var<storage, read_write> arg: array<u32>;

@compute @workgroup_size(lanes)
fn forward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let image = group.y * groups.x + group.x; // n * C + c
  if (image >= planes) { return; }
  let affine = statistics[image % channels];
  for (var r = 0u; r < rounds; r++) {
    let position = r * lanes + lane;
    if (position < outPlane) {
      // Floats divide many times as fast as whole numbers on a processor, and exactly up to 2^20.
      let i = u32((f32(position) + 0.5) / f32(outWidth));
      let first = i * (windowHeight * inWidth) + (position - i * outWidth) * windowWidth;
      var element = first;
      var value = a[image * (inHeight * inWidth) + first];
      for (var u = 0u; u < windowHeight; u++) { // unroll
        for (var v = 0u; v < windowWidth; v++) { // unroll
          let other = a[image * (inHeight * inWidth) + first + u * inWidth + v];
          let larger = affine.x * other > affine.x * value;
          element = select(element, first + u * inWidth + v, larger);
          value = select(value, other, larger);
        }
      }
      arg[image * outPlane + position] = element;
      best[image * outPlane + position] = select(value, affine.x * value + affine.y, applied);
    }
  }
}

@group(0) @binding(0) var<storage, read> aPairs: array<vec2f>;

@compute @workgroup_size(lanes)
fn forwardPairs(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let image = group.y * groups.x + group.x; // n * C + c
  if (image >= planes) { return; }
  let affine = statistics[image % channels];
  for (var r = 0u; r < rounds; r++) {
    let position = r * lanes + lane;
    if (position < outPlane) {
      // Floats divide many times as fast as whole numbers on a processor, and exactly up to 2^20.
      let i = u32((f32(position) + 0.5) / f32(outWidth));
      let first = i * (windowHeight * inWidth) + (position - i * outWidth) * windowWidth;
      let start = image * (inHeight * inWidth) + first;
      var element = first;
      var value = aPairs[start / 2u].x;
      for (var u = 0u; u < windowHeight; u++) { // unroll
        let pair = aPairs[(start + u * inWidth) / 2u];
        for (var v = 0u; v < 2u; v++) { // unroll
          let larger = affine.x * pair[v] > affine.x * value;
          element = select(element, first + u * inWidth + v, larger);
          value = select(value, pair[v], larger);
        }
      }
      arg[image * outPlane + position] = element;
      best[image * outPlane + position] = select(value, affine.x * value + affine.y, applied);
    }
  }
}
