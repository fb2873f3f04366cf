/**
 * Phase contrast: what the objective lets through of light diffracted by an object, averaged over the condenser's ring.
 *
 * Light comes from every point q of the ring's image in the pupil; what an object's frequency f diffracts passes at q + f.
 * There it meets the phase ring (a quarter wave later and weakened, as the direct light is), the free aperture, or the stop:
 *
 *   P(f) = (A(f) - h(f) - i sqrt(transmission) h(f)) * D(f)        h(f) = min(A(f), halo * R(f)) for f > 0, 1 for f = 0
 *   A, R: shares of the ring's points q with q + f inside the aperture, and on the ring; the latter makes halo and shade-off
 *   D(f) = exp(i pi wavelength defocus f^2) J0(2 pi wavelength defocus ringRadius f), the mean of a defocus over the ring
 *
 * The image is |F^-1(P F(object))|^2: exact for weak phase objects, a mean field for strong ones. See Zernike 1942; Yin,
 * Kanade and Chen 2012 for the halo as a convolution.
 */
import type { Values } from "./parameters.ts";

export type Optics = Pick<
  Values,
  "numericalAperture" | "wavelength" | "ringRadius" | "ringWidth" | "ringTransmission" | "halo" | "defocus"
>;

/** P at multiples of `frequencyStep` (cycles per micrometre), as (real, imaginary) pairs; 0 beyond the last. */
export interface PupilProfile {
  readonly frequencyStep: number;
  readonly values: Float32Array<ArrayBuffer>;
}

/** Nodes of a profile; shaders/pupil.wgsl goes between them by straight lines. */
export const profileNodes = 1024;
/** Circles that stand for the ring. */
const circles = 256;

export function pupilProfile(optics: Optics): PupilProfile {
  const { wavelength, ringRadius, ringTransmission, halo, defocus } = optics;
  const { frequencyStep, cutoff, aperture, ring } = ringShares(optics);
  const amplitude = Math.sqrt(ringTransmission);
  const values = new Float32Array(2 * profileNodes);
  for (let node = 0; node < profileNodes; node++) {
    const f = node * frequencyStep;
    const onRing = node === 0 ? 1 : Math.min(aperture[node]!, halo * ring[node]!);
    const [real, imaginary] = [aperture[node]! - onRing, -amplitude * onRing];
    const turn = Math.PI * wavelength * defocus * f * f;
    const mean = besselJ0(2 * Math.PI * wavelength * defocus * ringRadius * cutoff * f);
    const [cosine, sine] = [mean * Math.cos(turn), mean * Math.sin(turn)];
    values[2 * node] = real * cosine - imaginary * sine;
    values[2 * node + 1] = real * sine + imaginary * cosine;
  }
  return { frequencyStep, values };
}

interface RingShares {
  readonly frequencyStep: number;
  /** The highest frequency that passes along the axis, in cycles per micrometre. */
  readonly cutoff: number;
  /** A and R at the nodes. */
  readonly aperture: Float64Array;
  readonly ring: Float64Array;
}

/** Most data sets have one ring: the last is kept. */
let known: { readonly key: string; readonly shares: RingShares } | undefined;

function ringShares({ numericalAperture, wavelength, ringRadius, ringWidth }: Optics): RingShares {
  const key = [numericalAperture, wavelength, ringRadius, ringWidth].join();
  if (known?.key === key) return known.shares;
  const cutoff = numericalAperture / wavelength;
  const inner = Math.max(0, ringRadius - ringWidth / 2) * cutoff;
  const outer = Math.min(1, ringRadius + ringWidth / 2) * cutoff;
  const frequencyStep = (cutoff + outer) / (profileNodes - 1);
  const aperture = new Float64Array(profileNodes);
  const ring = new Float64Array(profileNodes);
  for (let node = 0; node < profileNodes; node++) {
    const within = (limit: number) => shareWithin(limit, node * frequencyStep, inner, outer);
    aperture[node] = within(cutoff);
    ring[node] = within(outer) - within(inner);
  }
  const shares = { frequencyStep, cutoff, aperture, ring };
  known = { key, shares };
  return shares;
}

/** The share of the ring's points q, by area, with |q + f| at most `limit`. */
function shareWithin(limit: number, f: number, inner: number, outer: number): number {
  let [sum, area] = [0, 0];
  for (let circle = 0; circle < circles; circle++) {
    const radius = inner + ((circle + 0.5) / circles) * (outer - inner);
    area += radius;
    sum += radius * shareOfCircle(limit, radius, f);
  }
  return sum / area;
}

/** The share of a circle about f that lies within `limit` of the origin: |q + f|^2 = r^2 + f^2 + 2 r f cos(angle). */
function shareOfCircle(limit: number, radius: number, f: number): number {
  if (f === 0) return radius <= limit ? 1 : 0;
  const cosine = (limit * limit - radius * radius - f * f) / (2 * radius * f);
  return 1 - Math.acos(Math.min(1, Math.max(-1, cosine))) / Math.PI;
}

/** The Bessel function of order 0: the mean of cos(x sin t) over a turn, to rounding with more points than |x|. */
function besselJ0(x: number): number {
  const points = 24 + Math.ceil(Math.abs(x));
  let sum = 0;
  for (let k = 0; k < points; k++) sum += Math.cos(x * Math.sin((Math.PI * (k + 0.5)) / points));
  return sum / points;
}
