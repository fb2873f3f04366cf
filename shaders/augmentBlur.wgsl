// augmentBlur: blurs each image of a batch by the weights that augment.wgsl drew for it.
//
//   y[n,r,c] = sum over i, j in [-2, 2] of w[|i|] w[|j|] x[n, m(r + i, H), m(c + j, W)]
//   m mirrors at the middle of the border's pixels, which it does not repeat (OpenCV's BORDER_REFLECT_101): -1 is 1, H is
//   H - 2; of one row there is only that.
//
//   x, y: f32[batch,H,W]    draws: vec4f[batch,5], of which the last is (fill, w0, w1, w2)
//
// Dispatch: x over the columns, y over runs of `run` rows, z over the images: a row is weighed across once for all the
// rows of a run that need it.

const height: u32 = 4u; // dimension
const width: u32 = 4u; // dimension
const run: u32 = 4u; // tunable
const rows: u32 = run + 4u;

@group(0) @binding(0) var<storage, read> draws: array<vec4f>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

fn mirrored(index: i32, size: u32) -> u32 {
  let last = i32(size) - 1;
  let low = abs(index);
  return u32(min(abs(select(low, 2 * last - low, low > last)), last));
}

@compute @workgroup_size(64)
fn blur(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= width || id.y * run >= height) { return; }
  let image = id.z * height * width;
  let weights = draws[5u * id.z + 4u].yzw;
  let column = i32(id.x);
  let farLeft = mirrored(column - 2, width);
  let left = mirrored(column - 1, width);
  let right = mirrored(column + 1, width);
  let farRight = mirrored(column + 2, width);
  var across: array<f32, rows>; // scalars
  for (var k = 0u; k < rows; k++) { // unroll
    let start = image + mirrored(i32(id.y * run + k) - 2, height) * width;
    across[k] = weights.x * x[start + id.x] + weights.y * (x[start + left] + x[start + right])
      + weights.z * (x[start + farLeft] + x[start + farRight]);
  }
  for (var k = 0u; k < run; k++) { // unroll
    let row = id.y * run + k;
    if (row < height) {
      y[image + row * width + id.x] = weights.x * across[k + 2u] + weights.y * (across[k + 1u] + across[k + 3u])
        + weights.z * (across[k] + across[k + 4u]);
    }
  }
}
