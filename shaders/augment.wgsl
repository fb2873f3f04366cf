// augment: gathers a batch from the data set on the GPU, each image varied by draws of its own.
//
//   draw: 10 words for image i = order[start + n] at step s, Threefry of the stream "augment":
//     words 2k and 2k + 1 from counter (s, 8 i + k): rotation, flips across and down, scale x, y, shift x, y, contrast,
//     multiply, blur. A number is low + floor(word * range / 2^32), all integers, so that src/data/augment/draw.ts has
//     the same bits. A flip happens where the word's upper 24 bits are below its probability.
//   warp: with the centre c = ((W - 1) / 2, (H - 1) / 2), x to the right, y down, rotation R = [cos, -sin; sin, cos]
//     (clockwise on the screen), F the flips, S the scales and t the shift, a pixel of the result shows the place
//       interpolations 1:  c + R' F S^-1 (pixel - c - t)                                 in the image, bilinear
//       interpolations 2:  c + S^-1 (pixel - c - t)  in what c + R' F (pixel - c) shows of the image, both bilinear
//     Of the four pixels that bilinear interpolation weighs, those outside the image have the value `fill`. With 2, as
//     in imgaug 0.4, rotation, or scale and shift, is left out where the mean of |M - I| over the nine elements of its
//     matrix M is at most 1e-4 (M acts on pixels, translation included).
//     result = multiply * (m + contrast * (value - m)), m the mean of the image as it is in the data set; not clipped.
//   Blur follows in augmentBlur.wgsl, whose weights are drawn here: w0, w1, w2 proportional to exp(-d^2 / (2 sigma^2)),
//   w0 + 2 w1 + 2 w2 = 1; below sigma = 1e-3 there is no blur.
//
//   images: u8[count,H,W], four to a word    labels: f32[count,outputs]    order: u32[...], start = step.batchStart
//   means: f32[count] of the images in [0, 1]    x: f32[batch,H,W]    targets: f32[batch,outputs]
//   drawn, draws: vec4f[batch,5]: four elements of the matrix, high parts; the same, low parts; 1 / scale x and y, high
//   and low; shift x and y, gain, offset; fill, w0, w1, w2
//
// Precision: a matrix element is an integer times 2^-29, made by integer arithmetic. Its high part is a multiple of
// 1/64, and so is what it multiplies, so that products and sums of high parts are exact in f32 for images up to 512 x
// 512, whatever the compiler reorders or fuses. The low parts add at most a few pixels, exact to 2^-22.
//
// Dispatch: draw: one invocation per image. warp: x, y over the pixels, z over the images.

const batch: u32 = 1u; // dimension
const height: u32 = 4u; // dimension
const width: u32 = 4u; // dimension
const outputs: u32 = 1u; // dimension
const keyLow: u32 = 0u; // dimension: the key of the stream
const keyHigh: u32 = 0u; // dimension
const rotationLow: u32 = 0u; // tunable: in 2^-32 of a turn
const rotationRange: u32 = 0u; // tunable
const flipHorizontal: u32 = 0u; // tunable: probabilities in 2^-24
const flipVertical: u32 = 0u; // tunable
const scaleLow: u32 = 0x10000000u; // tunable: in 2^-28, as are contrast, multiply and blur
const scaleRange: u32 = 0u; // tunable
const scalesTogether: bool = true; // tunable: x and y have one factor
const shiftXLow: u32 = 0u; // tunable: in 1/64 of a pixel
const shiftXRange: u32 = 0u; // tunable
const shiftYLow: u32 = 0u; // tunable
const shiftYRange: u32 = 0u; // tunable
const contrastLow: u32 = 0x10000000u; // tunable
const contrastRange: u32 = 0u; // tunable
const multiplyLow: u32 = 0x10000000u; // tunable
const multiplyRange: u32 = 0u; // tunable
const blurLow: u32 = 0u; // tunable
const blurRange: u32 = 0u; // tunable
const interpolatesTwice: bool = false; // tunable
const fillsWithMean: bool = false; // tunable: of the image, instead of `fill`
const fill: f32 = 0.0; // tunable

const one: i32 = 0x20000000; // 1 in 2^-29
const centre: vec2f = vec2f(f32(width) - 1.0, f32(height) - 1.0) * 0.5;

@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read> means: array<f32>;
@group(0) @binding(3) var<storage, read> labels: array<f32>;
@group(0) @binding(4) var<storage, read_write> drawn: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> targets: array<f32>;

/// The upper word of the product.
fn highProduct(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let first = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let second = (a & 0xffffu) * (b >> 16u) + (first & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (first >> 16u) + (second >> 16u);
}

fn between(low: u32, range: u32, word: u32) -> u32 {
  return low + highProduct(word, range);
}

/// From 2^-28 to a float.
fn floatOf(value: u32) -> f32 {
  return f32(value) * 0x1p-28;
}

/// Cosine and sine in 2^-29 of an angle in 2^-32 of a turn: Taylor's series up to 45 degrees, in 2^-32.
fn cosineAndSine(angle: u32) -> vec2i {
  let quadrant = (angle + 0x20000000u) >> 30u;
  let rest = bitcast<i32>(angle - (quadrant << 30u));
  let radians = highProduct(u32(abs(rest)) << 2u, 3373259426u) << 1u; // pi / 4 in 2^-32
  let square = highProduct(radians, radians);
  var cosine = 0xffffffffu;
  var sine = 0xffffffffu;
  for (var k = 0u; k < 5u; k++) { // from the last term to the first
    let even = 10u - 2u * k;
    cosine = 0xffffffffu - highProduct(square, cosine) / ((even - 1u) * even);
    sine = 0xffffffffu - highProduct(square, sine) / (even * (even + 1u));
  }
  sine = highProduct(radians, sine);
  let c = i32((cosine >> 3u) + ((cosine >> 2u) & 1u));
  let s = i32((sine >> 3u) + ((sine >> 2u) & 1u)) * sign(rest);
  let turned = select(vec2i(c, s), vec2i(-s, c), (quadrant & 1u) == 1u);
  return select(turned, -turned, quadrant >= 2u);
}

/// value / scale: a long division, value in 2^-29 and scale in 2^-28.
fn divided(value: i32, scale: u32) -> i32 {
  let magnitude = u32(abs(value));
  var quotient = magnitude / scale;
  var remainder = magnitude % scale;
  for (var bit = 0u; bit < 28u; bit++) {
    remainder <<= 1u;
    let fits = remainder >= scale;
    quotient = (quotient << 1u) | u32(fits);
    remainder -= select(0u, scale, fits);
  }
  return i32(quotient) * sign(value);
}

/// The multiple of 1/64 below.
fn highPart(value: vec4i) -> vec4f {
  return vec4f(value >> vec4u(23u)) * 0x1p-6;
}

fn lowPart(value: vec4i) -> vec4f {
  return vec4f(value & vec4i(0x7fffff)) * 0x1p-29;
}

/// Whether the mean of |M - I| is at most 1e-4 for a rotation about the centre.
fn rotatesTooLittle(turn: vec2i) -> bool {
  let missing = f32(one - turn.x) * 0x1p-29; // 1 - cosine
  let sine = f32(turn.y) * 0x1p-29;
  let across = abs(centre.x * missing + centre.y * sine);
  let down = abs(centre.y * missing - centre.x * sine);
  return 2.0 * missing + 2.0 * abs(sine) + across + down <= 9e-4;
}

/// The same for scale and shift.
fn scalesTooLittle(scale: vec2u, shift: vec2f) -> bool {
  let change = vec2f(vec2i(scale) - vec2i(0x10000000)) * 0x1p-28;
  let moved = abs(shift - centre * change);
  return abs(change.x) + abs(change.y) + moved.x + moved.y <= 9e-4;
}

fn blurWeights(sigma: u32) -> vec3f {
  if (sigma < 268436u) { return vec3f(1.0, 0.0, 0.0); } // 1e-3 in 2^-28
  let s = floatOf(sigma);
  let weights = vec3f(1.0, exp(-0.5 / (s * s)), exp(-2.0 / (s * s)));
  return weights / (1.0 + 2.0 * weights.y + 2.0 * weights.z);
}

@compute @workgroup_size(64)
fn draw(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= batch) { return; }
  let image = order[step.batchStart + id.x];
  for (var k = 0u; k < outputs; k++) { targets[id.x * outputs + k] = labels[image * outputs + k]; }
  var words: array<vec2u, 5>;
  for (var k = 0u; k < 5u; k++) { // unroll
    words[k] = threefry(vec2u(keyLow, keyHigh), vec2u(step.index, 8u * image + k));
  }
  var turn = cosineAndSine(between(rotationLow, rotationRange, words[0].x));
  let flip = select(vec2i(1), vec2i(-1), vec2u(words[0].y, words[1].x) >> vec2u(8u) < vec2u(flipHorizontal, flipVertical));
  let scaleX = between(scaleLow, scaleRange, words[1].y);
  var scale = vec2u(scaleX, select(between(scaleLow, scaleRange, words[2].x), scaleX, scalesTogether));
  let shift64 = vec2u(between(shiftXLow, shiftXRange, words[2].y), between(shiftYLow, shiftYRange, words[3].x));
  var shift = vec2f(bitcast<vec2i>(shift64)) * 0x1p-6;
  let contrast = floatOf(between(contrastLow, contrastRange, words[3].y));
  let multiply = floatOf(between(multiplyLow, multiplyRange, words[4].x));
  if (interpolatesTwice) {
    turn = select(turn, vec2i(one, 0), rotatesTooLittle(turn));
    let skipped = scalesTooLittle(scale, shift);
    scale = select(scale, vec2u(0x10000000u), skipped);
    shift = select(shift, vec2f(0.0), skipped);
  }
  // R' F S^-1 by rows; with two interpolations S stands apart.
  var matrix = vec4i(turn.x * flip.x, turn.y * flip.y, -turn.y * flip.x, turn.x * flip.y);
  if (!interpolatesTwice) {
    matrix = vec4i(
      divided(matrix.x, scale.x), divided(matrix.y, scale.y), divided(matrix.z, scale.x), divided(matrix.w, scale.y),
    );
  }
  let inverse = vec4i(divided(one, scale.x), divided(one, scale.y), 0, 0);
  let mean = means[image];
  drawn[5u * id.x] = highPart(matrix);
  drawn[5u * id.x + 1u] = lowPart(matrix);
  drawn[5u * id.x + 2u] = vec4f(highPart(inverse).xy, lowPart(inverse).xy);
  drawn[5u * id.x + 3u] = vec4f(shift, multiply * contrast, multiply * (1.0 - contrast) * mean);
  drawn[5u * id.x + 4u] = vec4f(select(fill, mean, fillsWithMean), blurWeights(between(blurLow, blurRange, words[4].y)));
}

@group(0) @binding(2) var<storage, read> draws: array<vec4f>;
@group(0) @binding(3) var<storage, read> images: array<u32>;
@group(0) @binding(4) var<storage, read_write> x: array<f32>;

/// A place between pixels: that to the upper left, and how far beyond it.
struct Place {
  pixel: vec2i,
  beyond: vec2f,
}

/// From the exact part of a coordinate and the rest of it.
fn placeOf(exact: vec2f, rest: vec2f) -> Place {
  let whole = floor(exact);
  let beyond = exact - whole + rest;
  let carried = floor(beyond);
  return Place(vec2i(whole) + vec2i(carried), beyond - carried);
}

fn isInside(pixel: vec2i) -> bool {
  return u32(pixel.x) < width && u32(pixel.y) < height; // what is negative is huge
}

/// A pixel of image `image` in [0, 1], or the fill.
fn pixelAt(image: u32, pixel: vec2i, outside: f32) -> f32 {
  let inside = isInside(pixel);
  let byte = select(0u, (image * height + u32(pixel.y)) * width + u32(pixel.x), inside);
  let level = (images[byte / 4u] >> (byte % 4u * 8u)) & 0xffu;
  return select(outside, f32(level) / 255.0, inside);
}

fn blend(upperLeft: f32, upperRight: f32, lowerLeft: f32, lowerRight: f32, beyond: vec2f) -> f32 {
  return mix(mix(upperLeft, upperRight, beyond.x), mix(lowerLeft, lowerRight, beyond.x), beyond.y);
}

/// The image at the place that `offset`, relative to the centre, is taken from by the matrix.
fn turnedImage(image: u32, offset: vec2f, high: vec4f, low: vec4f, outside: f32) -> f32 {
  let exact = vec2f(high.x * offset.x + high.y * offset.y, high.z * offset.x + high.w * offset.y) + centre;
  let rest = vec2f(low.x * offset.x + low.y * offset.y, low.z * offset.x + low.w * offset.y);
  let place = placeOf(exact, rest);
  return blend(
    pixelAt(image, place.pixel, outside),
    pixelAt(image, place.pixel + vec2i(1, 0), outside),
    pixelAt(image, place.pixel + vec2i(0, 1), outside),
    pixelAt(image, place.pixel + vec2i(1, 1), outside),
    place.beyond,
  );
}

/// A pixel of what the first of two interpolations makes.
fn turnedPixel(image: u32, pixel: vec2i, high: vec4f, low: vec4f, outside: f32) -> f32 {
  return select(outside, turnedImage(image, vec2f(pixel) - centre, high, low, outside), isInside(pixel));
}

@compute @workgroup_size(16, 4)
fn warp(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= width || id.y >= height) { return; }
  let image = order[step.batchStart + id.z];
  let high = draws[5u * id.z];
  let low = draws[5u * id.z + 1u];
  let inverse = draws[5u * id.z + 2u];
  let change = draws[5u * id.z + 3u];
  let outside = draws[5u * id.z + 4u].x;
  let offset = vec2f(id.xy) - centre - change.xy;
  var value = 0.0;
  if (!interpolatesTwice) { // fold
    value = turnedImage(image, offset, high, low, outside);
  }
  if (interpolatesTwice) { // fold
    let place = placeOf(inverse.xy * offset + centre, inverse.zw * offset);
    value = blend(
      turnedPixel(image, place.pixel, high, low, outside),
      turnedPixel(image, place.pixel + vec2i(1, 0), high, low, outside),
      turnedPixel(image, place.pixel + vec2i(0, 1), high, low, outside),
      turnedPixel(image, place.pixel + vec2i(1, 1), high, low, outside),
      place.beyond,
    );
  }
  x[(id.z * height + id.y) * width + id.x] = change.z * value + change.w;
}
