/**
 * Outlines of cells as signed distances. Here and in the rest of the generator only + - * / and the square root are
 * used, which IEEE 754 defines to the last bit: sines, exponentials and powers differ between JavaScript engines, and a
 * seed would not give the same bytes everywhere.
 */
import type { RandomStream } from "../../rng.ts";
import type { Pair } from "../../shape.ts";

/** A radius that varies with the angle: R(θ) = radius · (1 + Σ a cos kθ + b sin kθ), k = 2, 3, … */
export interface Radial {
  readonly kind: "radial";
  readonly radius: number;
  /** a and b of k = 2, a and b of k = 3, … */
  readonly harmonics: readonly number[];
}

/** A lens of half width · (1 - (u / half length)²) about a parabola: u runs along the axis, v across. */
export interface Spindle {
  readonly kind: "spindle";
  readonly halfLength: number;
  readonly halfWidth: number;
  /** Sideways displacement of the tips. */
  readonly bend: number;
  /** The axis's cosine and sine. */
  readonly axis: Pair;
}

export type Outline = Radial | Spindle;

/** A uniform direction as cosine and sine, by rejection of points outside the unit circle. */
export function randomDirection(stream: RandomStream): Pair {
  for (;;) {
    const x = stream.uniform(-1, 1);
    const y = stream.uniform(-1, 1);
    const square = x * x + y * y;
    if (square > 0.01 && square <= 1) {
      const length = Math.sqrt(square);
      return [x / length, y / length];
    }
  }
}

/** A closed outline of the given mean radius; harmonic k = 2 … 5 has an amplitude of at most irregularity · 2 / k. */
export function randomRadial(stream: RandomStream, radius: number, irregularity: number): Radial {
  const harmonics = [2, 3, 4, 5].flatMap((order) => {
    const [cosine, sine] = randomDirection(stream);
    const amplitude = (stream.uniform(0.3, 1) * irregularity * 2) / order;
    return [amplitude * cosine, amplitude * sine];
  });
  return { kind: "radial", radius, harmonics };
}

/** How far the outline reaches from its centre, at most. */
export function reachOf(outline: Outline): number {
  if (outline.kind === "spindle") return outline.halfLength + Math.abs(outline.bend);
  const excess = outline.harmonics.reduce((sum, amplitude) => sum + Math.abs(amplitude), 0);
  return outline.radius * (1 + excess);
}

/** The largest distance from the outline that a point inside can have, about. */
export const depthOf = (outline: Outline): number => (outline.kind === "spindle" ? outline.halfWidth : outline.radius);

/** Distance from (x, y), relative to the centre, to the outline: negative inside, and close enough near the outline. */
export const signedDistance = (outline: Outline, x: number, y: number): number =>
  outline.kind === "spindle" ? spindleDistance(outline, x, y) : radialDistance(outline, x, y);

function radialDistance({ radius, harmonics }: Radial, x: number, y: number): number {
  const distance = Math.sqrt(x * x + y * y);
  if (distance < 1e-9) return -radius;
  const cosine = x / distance;
  const sine = y / distance;
  // cos kθ and sin kθ by the angle sum from those of k - 1.
  let re = cosine;
  let im = sine;
  let relative = 1;
  for (let i = 0; i < harmonics.length; i += 2) {
    const next = re * cosine - im * sine;
    im = re * sine + im * cosine;
    re = next;
    relative += harmonics[i]! * re + harmonics[i + 1]! * im;
  }
  return distance - radius * relative;
}

function spindleDistance({ halfLength, halfWidth, bend, axis }: Spindle, x: number, y: number): number {
  const along = (x * axis[0] + y * axis[1]) / halfLength;
  const t = Math.min(1, along * along);
  const across = y * axis[0] - x * axis[1] - bend * t;
  if (along * along <= 1) return Math.abs(across) - halfWidth * (1 - t);
  const beyond = (Math.abs(along) - 1) * halfLength;
  return Math.sqrt(beyond * beyond + across * across);
}
