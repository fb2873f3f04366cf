// fft: one pass of a discrete Fourier transform along the rows or the columns of square images (Stockham, in order).
//
//   with R the radix, m = R * span, j = q * span + p for 0 <= p < span:
//   y[q*m + p + b*span] = sum over a < R of exp(-2 pi i a (p + b*span) / m) * x[j + a*length/R]
//   passes with span 1, R1, R1*R2, … length/R give   y[k] = sum over e of exp(-2 pi i e k / length) * x[e]
//
//   x, y: vec2f[N,length,length], (real, imaginary)    roots: vec2f[length], exp(-2 pi i k / length)
//
// Dispatch: one invocation per R elements, y over lines, z over images. radix8 and radix4 keep their elements in registers.
// The inverse transform is the conjugate of this one of the conjugate, over length.

const length: u32 = 64u; // tunable: a power of two
const span: u32 = 1u; // tunable
const columns: bool = false; // tunable: along columns; else along rows

const elementStride: u32 = select(1u, length, columns);
const lineStride: u32 = select(length, 1u, columns);

@group(0) @binding(0) var<storage, read> x: array<vec2f>;
@group(0) @binding(1) var<storage, read> roots: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec2f>;

fn product(a: vec2f, b: vec2f) -> vec2f {
  return vec2f(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}

/// -i * a
fn turned(a: vec2f) -> vec2f {
  return vec2f(a.y, -a.x);
}

fn four(a: vec2f, b: vec2f, c: vec2f, d: vec2f) -> array<vec2f, 4> {
  let even = a + c;
  let odd = b + d;
  let evenRest = a - c;
  let oddRest = turned(b - d);
  return array<vec2f, 4>(even + odd, evenRest + oddRest, even - odd, evenRest - oddRest);
}

@compute @workgroup_size(16)
fn radix4(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= length / 4u) { return; }
  let line = id.z * (length * length) + id.y * lineStride;
  let p = id.x % span;
  let rootStep = p * (length / (4u * span));
  let quarter = length / 4u * elementStride;
  let origin = line + id.x * elementStride;
  let result = four(
    x[origin],
    product(x[origin + quarter], roots[rootStep]),
    product(x[origin + 2u * quarter], roots[2u * rootStep]),
    product(x[origin + 3u * quarter], roots[3u * rootStep]),
  );
  let to = line + ((id.x - p) * 4u + p) * elementStride;
  for (var b = 0u; b < 4u; b++) { // unroll
    y[to + b * span * elementStride] = result[b];
  }
}

@compute @workgroup_size(16)
fn radix8(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= length / 8u) { return; }
  let line = id.z * (length * length) + id.y * lineStride;
  let p = id.x % span;
  let rootStep = p * (length / (8u * span));
  let eighth = length / 8u * elementStride;
  let origin = line + id.x * elementStride;
  var v: array<vec2f, 8>; // scalars
  for (var a = 0u; a < 8u; a++) { // unroll
    v[a] = product(x[origin + a * eighth], roots[a * rootStep]);
  }
  let even = four(v[0], v[2], v[4], v[6]);
  let odd = four(v[1], v[3], v[5], v[7]);
  let half = 0.70710678;
  let turns = array<vec2f, 4>(vec2f(1.0, 0.0), vec2f(half, -half), vec2f(0.0, -1.0), vec2f(-half, -half));
  let to = line + ((id.x - p) * 8u + p) * elementStride;
  for (var b = 0u; b < 4u; b++) { // unroll
    let rest = product(odd[b], turns[b]);
    y[to + b * span * elementStride] = even[b] + rest;
    y[to + (b + 4u) * span * elementStride] = even[b] - rest;
  }
}
