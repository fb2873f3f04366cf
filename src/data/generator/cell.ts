/** A cell: what is drawn at random about it before it has a place. shaders/cellShape.wgsl computes with it. */
import type { RandomStream } from "../../rng.ts";
import {
  type CellType,
  debrisShape,
  detailShape,
  dividingShape,
  meanShape,
  type TypeShape,
  typeShapes,
} from "./types.ts";
import type { Values } from "./parameters.ts";

/** Lengths in micrometres, optical paths in micrometres, angles as cosine and sine. */
export interface Body {
  readonly axis: readonly [cosine: number, sine: number];
  readonly halfLength: number;
  readonly halfWidth: number;
  readonly bend: number;
  readonly delay: number;
  readonly exponent: number;
  readonly fullness: number;
  /** Cosine and sine amplitudes of the outline's second and third harmonic. */
  readonly harmonics: readonly [number, number, number, number];
  /** Where the nucleus lies along and across the axis, its radius and optical path. */
  readonly nucleus: readonly [along: number, across: number, radius: number, delay: number];
  readonly nucleolus: number;
  readonly granuleSpacing: number;
  readonly granule: number;
  /** Of the granules, a whole number below 2^20: exact in float32. */
  readonly seed: number;
  /** No point of the body is farther from its centre. */
  readonly reach: number;
}

export interface Cell extends Body {
  readonly type: CellType;
  readonly dividing: boolean;
}

/** A cell of the given type with its size, outline, contrast and texture drawn from the stream. */
export function randomCell(stream: RandomStream, type: CellType, values: Values): Cell {
  const dividing = stream.uniform() < values.dividing;
  const spread = () => stream.uniform(1 - values.variation, 1 + values.variation);
  const typical = detailed(blended(typeShapes[type], values.similarity), values.detail);
  const shape = dividing ? rounded(typical) : typical;
  const size = spread();
  const halfLength = shape.halfLength * size * spread();
  const halfWidth = shape.halfWidth * size;
  const bend = shape.bend * halfLength * stream.uniform(-1, 1);
  const axis = randomDirection(stream);
  const harmonic = () => shape.irregularity * stream.uniform(-1, 1);
  const harmonics = [harmonic(), harmonic(), harmonic(), harmonic()] as const;
  const [cosine, sine] = randomDirection(stream);
  const offset = stream.uniform(0, 0.25) * halfWidth;
  const nucleus = [offset * cosine, offset * sine, shape.nucleusRadius * halfWidth, shape.nucleus * spread()] as const;
  const { exponent, fullness, nucleolus, granuleSpacing, granule } = shape;
  return {
    ...{ type, dividing, axis, halfLength, halfWidth, bend, delay: shape.delay * spread(), exponent, fullness },
    ...{ harmonics, nucleus, nucleolus, granuleSpacing, granule, seed: stream.integer(2 ** 20) },
    reach: reachOf(halfLength, halfWidth, bend, harmonics),
  };
}

/** A particle that is no cell. */
export function randomDebris(stream: RandomStream): Body {
  const halfLength = stream.uniform(...debrisShape.radius);
  const halfWidth = halfLength * stream.uniform(0.5, 1);
  const harmonics = [0, 0, 0, 0] as const;
  return {
    ...{ axis: randomDirection(stream), halfLength, halfWidth, bend: 0, delay: stream.uniform(...debrisShape.delay) },
    ...{ exponent: 2, fullness: 0.5, harmonics, nucleus: [0, 0, 0, 0], nucleolus: 0, granuleSpacing: 1, granule: 0 },
    ...{ seed: 0, reach: reachOf(halfLength, halfWidth, 0, harmonics) },
  };
}

/** An outline's radius is at most 1 + the sum of its harmonics' amplitudes; the tips are bent on top. */
function reachOf(halfLength: number, halfWidth: number, bend: number, harmonics: Body["harmonics"]): number {
  const widest = 1 + harmonics.reduce((sum, amplitude) => sum + Math.abs(amplitude), 0);
  return Math.max(halfLength, halfWidth) * widest + Math.abs(bend) * widest * widest;
}

function blended(shape: TypeShape, similarity: number): TypeShape {
  const keys = Object.keys(shape) as (keyof TypeShape)[];
  const between = (key: keyof TypeShape) => shape[key] + (meanShape[key] - shape[key]) * similarity;
  return Object.fromEntries(keys.map((key) => [key, between(key)])) as Record<keyof TypeShape, number>;
}

const detailed = (shape: TypeShape, detail: number): TypeShape => ({
  ...shape,
  nucleus: shape.nucleus + detail * detailShape.nucleus,
  nucleolus: shape.nucleolus + detail * detailShape.nucleolus,
  granule: shape.granule + detail * detailShape.granule,
});

/** As wide as its area allows, less what rounding up takes, and without an interior. */
function rounded(shape: TypeShape): TypeShape {
  const radius = dividingShape.shrink * Math.sqrt(shape.halfLength * shape.halfWidth);
  return {
    ...{ ...shape, halfLength: radius * dividingShape.aspect, halfWidth: radius, bend: 0, irregularity: 0 },
    ...{ delay: dividingShape.delay, exponent: 2, fullness: 0.5, nucleus: 0, nucleolus: 0, granule: 0 },
  };
}

/** Cosine and sine of a random angle, by rejection: without functions whose last bit differs between engines. */
export function randomDirection(stream: RandomStream): readonly [cosine: number, sine: number] {
  for (;;) {
    const [x, y] = [stream.uniform(-1, 1), stream.uniform(-1, 1)];
    const square = x * x + y * y;
    if (square > 0.01 && square <= 1) return [x / Math.sqrt(square), y / Math.sqrt(square)];
  }
}
