// crop2d: the middle of images, and its gradient.
//
//   forward    y[p,i,j]  = x[p, i + top, j + left]
//   backward   dx[p,i,j] = dy[p, i - top, j - left] inside what is kept, else 0
//
//   x, dx: f32[planes, inHeight, inWidth]    y, dy: f32[planes, outHeight, outWidth]
//
// Dispatch: one invocation per element of y, or of dx. planes = N * C. Of an odd number of rows or columns to drop, the
// larger part is below and to the right.

const planes: u32 = 1u; // tunable
const inHeight: u32 = 1u; // tunable
const inWidth: u32 = 1u; // tunable
const outHeight: u32 = 1u; // tunable
const outWidth: u32 = 1u; // tunable
const top: u32 = 0u; // tunable
const left: u32 = 0u; // tunable

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  if (index >= planes * outHeight * outWidth) { return; }
  let plane = index / (outHeight * outWidth);
  let i = index / outWidth % outHeight;
  let j = index % outWidth;
  y[index] = x[(plane * inHeight + i + top) * inWidth + j + left];
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  if (index >= planes * inHeight * inWidth) { return; }
  let plane = index / (inHeight * inWidth);
  // Above and to the left of what is kept these wrap around to large numbers.
  let i = index / inWidth % inHeight - top;
  let j = index % inWidth - left;
  let isKept = i < outHeight && j < outWidth;
  let source = (plane * outHeight + i) * outWidth + j;
  dx[index] = select(0.0, dy[select(0u, source, isKept)], isKept);
}
