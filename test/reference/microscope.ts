/** A synthetic image in float64, from the definitions: delays of cells, Fourier optics by sums over all samples, camera. */
import type { Body } from "../../src/data/generator/cell.ts";
import type { Scene } from "../../src/data/generator/scene.ts";
import { streamKey, threefry } from "../../src/rng.ts";
import { transform } from "./fourier.ts";

type Complex = readonly [real: number, imaginary: number];

/** Light's delay at a point of the field, in radians. */
export function delayAt({ cells, debris, values }: Scene, x: number, y: number): number {
  const all = [...cells.map(({ cell, ...place }) => ({ ...place, body: cell })), ...debris];
  const { fieldOfView, wavelength } = values;
  const path = all.reduce((sum, each) => sum + pathThrough(each.body, x - each.x, y - each.y, fieldOfView), 0);
  return (2 * Math.PI * path) / wavelength;
}

/** 1 on the outline, less inside. */
export function outlineAt(body: Body, dx: number, dy: number, fieldOfView: number): number {
  const [u, v] = localOf(body, dx, dy, fieldOfView);
  const across = (v - body.bend * (u / body.halfLength) ** 2) / body.halfWidth;
  const angle = Math.atan2(across, u / body.halfLength);
  const [a2, b2, a3, b3] = body.harmonics;
  const outline =
    a2 * Math.cos(2 * angle) + b2 * Math.sin(2 * angle) + a3 * Math.cos(3 * angle) + b3 * Math.sin(3 * angle);
  return Math.hypot(u / body.halfLength, across) / (1 + outline);
}

function localOf({ axis: [cosine, sine] }: Body, dx: number, dy: number, fieldOfView: number): Complex {
  const nearest = (d: number) => d - fieldOfView * Math.round(d / fieldOfView);
  const [x, y] = [nearest(dx), nearest(dy)];
  return [x * cosine + y * sine, -x * sine + y * cosine];
}

function pathThrough(body: Body, dx: number, dy: number, fieldOfView: number): number {
  const rho = outlineAt(body, dx, dy, fieldOfView);
  if (rho >= 1) return 0;
  const [u, v] = localOf(body, dx, dy, fieldOfView);
  const [along, across, radius, nucleus] = body.nucleus;
  const distance = Math.hypot(u - along, v - across);
  const dome = (r: number) => (distance < r ? 1 - (distance / r) ** 2 : 0);
  const spots = textureAt(u / body.granuleSpacing, v / body.granuleSpacing, body.seed);
  return (
    body.delay * (1 - rho ** body.exponent) ** body.fullness +
    nucleus * dome(radius) +
    body.nucleolus * dome(radius / 3) ** 2 +
    body.granule * (1 - rho * rho) * spots
  );
}

/** Over more squares than reach the point. */
function textureAt(u: number, v: number, seed: number): number {
  let sum = 0;
  for (let i = Math.floor(v) - 2; i <= Math.floor(v) + 2; i++) {
    for (let j = Math.floor(u) - 2; j <= Math.floor(u) + 2; j++) {
      const [x, y, sign] = hashed(j, i, seed).map((word) => (word >>> 8) / 2 ** 24) as [number, number, number];
      const square = ((j + 0.25 + 0.5 * x - u) ** 2 + (i + 0.25 + 0.5 * y - v) ** 2) / 0.49;
      if (square < 1) sum += (2 * sign - 1) * (1 - square) ** 2;
    }
  }
  return sum;
}

function hashed(...given: [number, number, number]): number[] {
  let [x, y, z] = given.map((v) => (Math.imul(v, 1664525) + 1013904223) | 0) as [number, number, number];
  const mix = () => {
    x = (x + Math.imul(y, z)) | 0;
    y = (y + Math.imul(z, x)) | 0;
    z = (z + Math.imul(x, y)) | 0;
  };
  mix();
  [x, y, z] = [x ^ (x >>> 16), y ^ (y >>> 16), z ^ (z >>> 16)];
  mix();
  return [x, y, z];
}

/** The light of [grid, grid] samples in the image plane, by intensity; the background is 1. */
export function intensityOf(scene: Scene, grid: number): Float64Array {
  const { fieldOfView, ringTransmission } = scene.values;
  const [real, imaginary] = [new Float64Array(grid * grid), new Float64Array(grid * grid)];
  for (let i = 0; i < grid * grid; i++) {
    const [x, y] = [(i % grid) + 0.5, Math.floor(i / grid) + 0.5].map((at) => (at * fieldOfView) / grid);
    const delay = delayAt(scene, x, y);
    [real[i], imaginary[i]] = [Math.cos(delay), Math.sin(delay)];
  }
  const pupil = pupilOf(scene);
  transform(real, imaginary, grid, -1);
  for (let i = 0; i < grid * grid; i++) {
    const [k, l] = [i % grid, Math.floor(i / grid)].map((at) => (at < grid / 2 ? at : at - grid));
    const [a, b] = pupil(Math.hypot(k, l) / fieldOfView);
    [real[i], imaginary[i]] = [a * real[i] - b * imaginary[i], a * imaginary[i] + b * real[i]];
  }
  transform(real, imaginary, grid, 1);
  return real.map((value, i) => (value * value + imaginary[i] ** 2) / grid ** 4 / ringTransmission);
}

/** P between 1024 nodes by straight lines. */
function pupilOf({ values }: Scene): (frequency: number) => Complex {
  const { numericalAperture, wavelength, ringRadius, ringWidth } = values;
  const cutoff = numericalAperture / wavelength;
  const step = (cutoff + Math.min(1, ringRadius + ringWidth / 2) * cutoff) / 1023;
  const nodes = new Map<number, Complex>();
  const nodeAt = (node: number): Complex => {
    const found = nodes.get(node) ?? (node > 1023 ? [0, 0] : pupilAt(values, node * step, cutoff));
    nodes.set(node, found);
    return found;
  };
  return (frequency) => {
    const node = Math.floor(frequency / step);
    const share = frequency / step - node;
    const [a, b] = [nodeAt(node), nodeAt(node + 1)];
    return [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])];
  };
}

function pupilAt(values: Scene["values"], f: number, cutoff: number): Complex {
  const { wavelength, ringRadius, ringWidth, ringTransmission, halo, defocus } = values;
  const [inner, outer] = [
    Math.max(0, ringRadius - ringWidth / 2) * cutoff,
    Math.min(1, ringRadius + ringWidth / 2) * cutoff,
  ];
  const within = (limit: number) => meanOverRing(inner, outer, (radius) => arcWithin(radius, f, limit));
  const aperture = within(cutoff);
  const onRing = f === 0 ? 1 : Math.min(aperture, halo * (within(outer) - within(inner)));
  const phase = 2 * Math.PI * wavelength * defocus * ringRadius * cutoff * f;
  const points = 2000;
  let bessel = 0;
  for (let k = 0; k < points; k++) bessel += Math.cos(phase * Math.cos((2 * Math.PI * k) / points)) / points;
  const angle = Math.PI * wavelength * defocus * f * f;
  const [real, imaginary] = [aperture - onRing, -Math.sqrt(ringTransmission) * onRing];
  return [
    bessel * (real * Math.cos(angle) - imaginary * Math.sin(angle)),
    bessel * (real * Math.sin(angle) + imaginary * Math.cos(angle)),
  ];
}

function meanOverRing(inner: number, outer: number, of: (radius: number) => number): number {
  const rings = 1000;
  let sum = 0;
  for (let k = 0; k < rings; k++) {
    // rings of equal area
    sum += of(Math.sqrt(inner ** 2 + ((k + 0.5) / rings) * (outer ** 2 - inner ** 2)));
  }
  return sum / rings;
}

/** The share of a circle whose centre is f from the origin that lies inside a disc about the origin: the law of cosines. */
function arcWithin(radius: number, f: number, limit: number): number {
  if (f + radius <= limit) return 1;
  if (Math.abs(f - radius) >= limit) return 0;
  return Math.acos((f * f + radius * radius - limit * limit) / (2 * f * radius)) / Math.PI;
}

/** Gray levels of [size, size] pixels, before they are rounded. */
export function grayOf(
  scene: Scene,
  options: { grid: number; size: number; bits: 8 | 16; seed: number },
): Float64Array {
  const { grid, size, bits, seed } = options;
  const { values, tilt, dust, index } = scene;
  const light = intensityOf(scene, grid);
  const key = streamKey(seed, "data/camera");
  const electrons = values.electrons * (512 / size) ** 2;
  return Float64Array.from({ length: size * size }, (_, pixel) => {
    const [row, column] = [Math.floor(pixel / size), pixel % size];
    const [s, t] = [(2 * (column + 0.5)) / size - 1, (2 * (row + 0.5)) / size - 1];
    let level = 1 + tilt[0] * s + tilt[1] * t - (values.vignette * (s * s + t * t)) / 2;
    for (const { x, y, radius, depth } of dust) {
      const square = ((s - x) ** 2 + (t - y) ** 2) / radius ** 2;
      if (square < 1) level *= 1 - depth * (1 - square) ** 2;
    }
    const expected = electrons * Math.max(level, 0) * boxMean(light, grid, size, row, column);
    const bytes = threefry(key, [pixel, index]).flatMap((word) =>
      [0, 8, 16, 24].map((shift) => (word >>> shift) & 255),
    );
    const normal = (bytes.reduce((sum, byte) => sum + byte, 0) - 1020) / Math.sqrt((8 * (256 ** 2 - 1)) / 12);
    const signal = expected + Math.sqrt(expected + values.readNoise ** 2) * normal;
    const full = 2 ** bits - 1;
    return Math.min(full, Math.max(0, (signal / electrons) * values.exposure * full));
  });
}

function boxMean(light: Float64Array, grid: number, size: number, row: number, column: number): number {
  const width = grid / size;
  const covered = (sample: number, pixel: number) =>
    Math.max(0, Math.min(sample + 1, (pixel + 1) * width) - Math.max(sample, pixel * width));
  let sum = 0;
  for (let i = 0; i < grid; i++) {
    const height = covered(i, row);
    if (height === 0) continue;
    for (let j = 0; j < grid; j++) sum += height * covered(j, column) * light[i * grid + j];
  }
  return sum / width ** 2;
}
