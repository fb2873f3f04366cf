// camera: from the light in the image plane to gray levels.
//
//   I        = |field|^2 / transmission, averaged over the pixel, whose sides cut samples in parts
//   light    = I * (1 + tilt . (s, t) - vignette * (s^2 + t^2) / 2) * product over dust of (1 - depth * (1 - (d/radius)^2)^2)
//   signal   = electrons * light + sqrt(electrons * light + readNoise^2) * normal
//   gray     = floor(signal / electrons * exposure * (2^bits - 1) + 1/2), within 0 and 2^bits - 1
//
//   (s, t) the pixel's centre, from -1 to 1 to the right and down; d from a spot's centre, where it is below the radius
//   normal: a sum of eight uniform bytes, in its standard deviations: to whole numbers, so that adapters agree
//   field: vec2f[N,grid,grid]    spots: vec4f[N,mostSpots], (s, t, radius, depth)    pixels: u8 or u16 [N,size,size]
//
// Dispatch: one invocation per word of pixels.

const images: u32 = 1u; // tunable: N
const grid: u32 = 16u; // tunable
const size: u32 = 16u; // tunable: of an image
const mostSpots: u32 = 1u; // tunable
const bits: u32 = 8u; // tunable: 8 or 16
const keyLow: u32 = 0u; // tunable: the key of the camera's noise
const keyHigh: u32 = 0u; // tunable

const perWord: u32 = 32u / bits;
const pixelWidth: f32 = f32(grid) / f32(size); // in samples
const fullScale: f32 = select(255.0, 65535.0, bits == 16u);
const noiseDeviation: f32 = 209.02233; // of a sum of eight bytes, sqrt(8 * (256^2 - 1) / 12)

@group(0) @binding(0) var<storage, read> shots: array<Shot>;
@group(0) @binding(1) var<storage, read> spots: array<vec4f>;
@group(0) @binding(2) var<storage, read> field: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> pixels: array<u32>;

/// The mean intensity over a pixel.
fn intensityOf(n: u32, row: u32, column: u32) -> f32 {
  let top = f32(row) * pixelWidth;
  let left = f32(column) * pixelWidth;
  var sum = 0.0;
  for (var i = u32(top); i < min(u32(ceil(top + pixelWidth)), grid); i++) {
    let height = min(f32(i + 1u), top + pixelWidth) - max(f32(i), top);
    for (var j = u32(left); j < min(u32(ceil(left + pixelWidth)), grid); j++) {
      let width = min(f32(j + 1u), left + pixelWidth) - max(f32(j), left);
      let value = field[(n * grid + i) * grid + j];
      sum += height * width * dot(value, value);
    }
  }
  return sum / (pixelWidth * pixelWidth * shots[n].transmission);
}

fn illuminationOf(n: u32, at: vec2f) -> f32 {
  var level = 1.0 + dot(shots[n].tilt, at) - shots[n].vignette * dot(at, at) * 0.5;
  for (var k = 0u; k < shots[n].spots; k++) {
    let spot = spots[n * mostSpots + k];
    let offset = (at - spot.xy) / spot.z;
    let rest = max(1.0 - dot(offset, offset), 0.0);
    level *= 1.0 - spot.w * rest * rest;
  }
  return level;
}

fn byteSum(word: u32) -> u32 {
  return (word & 255u) + ((word >> 8u) & 255u) + ((word >> 16u) & 255u) + (word >> 24u);
}

fn grayOf(n: u32, pixel: u32) -> u32 {
  let row = pixel / size;
  let column = pixel % size;
  let at = (vec2f(f32(column), f32(row)) * 2.0 + 1.0) / f32(size) - 1.0;
  let electrons = shots[n].electrons;
  let expected = electrons * intensityOf(n, row, column) * max(illuminationOf(n, at), 0.0);
  let words = threefry(vec2u(keyLow, keyHigh), vec2u(pixel, shots[n].image));
  let normal = (f32(byteSum(words.x) + byteSum(words.y)) - 1020.0) / noiseDeviation;
  let signal = expected + sqrt(expected + shots[n].readNoise * shots[n].readNoise) * normal;
  return u32(clamp(floor(signal / electrons * shots[n].exposure * fullScale + 0.5), 0.0, fullScale));
}

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  if (index * perWord >= images * size * size) { return; }
  var word = 0u;
  for (var k = 0u; k < perWord; k++) {
    let pixel = min(index * perWord + k, images * size * size - 1u);
    word |= grayOf(pixel / (size * size), pixel % (size * size)) << (k * bits);
  }
  pixels[index] = word;
}
