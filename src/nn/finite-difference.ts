/** Finite differences of a loss that is computed in float32, next to the gradient that a backward pass gives. */
import type { Device } from "../gpu/device.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { RandomStream } from "../rng.ts";
import type { Shape } from "../shape.ts";

/** A derivative of the loss: from the GPU's gradient, and as a finite difference. */
export interface Comparison {
  readonly gpu: number;
  readonly difference: number;
  /** Their distance, relative to the larger one; of an element, relative to the tensor's largest gradient. */
  readonly error: number;
}

/** The one with the larger error. Not a number is larger than any. */
export const worse = <Compared extends Comparison>(a: Compared, b: Compared): Compared =>
  a.error >= b.error || Number.isNaN(a.error) ? a : b;

export interface ElementComparison extends Comparison {
  readonly index: readonly number[];
}

/**
 * How far the derivative along the gradient may be off. Rounding to float32 moves R-Net's loss by up to some 5e-6 of
 * itself, which over the first of the steps below is an error of up to 3 %; a kink of a ReLU close by adds a few
 * percent. A backward pass with a wrong factor or a missing term is off by tens of percent.
 */
export const directionalTolerance = 0.05;

/**
 * Steps, by the share of the loss that they are to change. Where one fails the next may do: a shorter one that straddles
 * no kink, or a longer one that rounding spoils less. A wrong gradient fails with all of them.
 */
const lossShares = [1e-4, 3e-5, 5e-4] as const;
/** What rounding may make of no change at all, as a share of the loss. */
const roundingShare = 2e-5;

/** A parameter tensor, its values and gradient, and the loss with them. */
export interface Probe {
  readonly device: Device;
  readonly tensor: Tensor;
  readonly values: Float32Array<ArrayBuffer>;
  readonly gradient: Float32Array;
  readonly loss: number;
  /** With what is on the device now. */
  readonly lossNow: () => Promise<number>;
}

/** The derivative along the gradient, or along a random direction where the gradient is 0. */
export async function compareAlongGradient(probe: Probe, random: RandomStream): Promise<Comparison> {
  const norm = normOf(probe.gradient);
  if (norm === 0) return compareAlong(probe, randomDirection(probe.values.length, random), stepWithoutGradient(probe));
  const direction = Float64Array.from(probe.gradient, (value) => value / norm);
  return bestOfSteps((share) => compareAlong(probe, direction, (share * probe.loss) / norm));
}

/** The first comparison that is good enough, or else the best. */
async function bestOfSteps(compare: (share: number) => Promise<Comparison>): Promise<Comparison> {
  const [first, ...others] = lossShares;
  let best = await compare(first);
  for (const share of others) {
    if (best.error <= directionalTolerance) break;
    const attempt = await compare(share);
    if (attempt.error < best.error) best = attempt;
  }
  return best;
}

/** The central difference along a direction of norm 1, against the gradient along the way that float32 really went. */
async function compareAlong(probe: Probe, direction: Float64Array, length: number): Promise<Comparison> {
  const { device, tensor, values, gradient } = probe;
  const up = values.map((value, i) => value + length * direction[i]!);
  const down = values.map((value, i) => value - length * direction[i]!);
  const difference = await centralDifference(probe, (side) => device.write(tensor, side > 0 ? up : down), 2 * length);
  const gpu = gradient.reduce((sum, value, i) => sum + value * (up[i]! - down[i]!), 0) / (2 * length);
  const larger = Math.max(Math.abs(gpu), Math.abs(difference), roundingOf(probe, 2 * length));
  return { gpu, difference, error: Math.abs(gpu - difference) / larger };
}

/** Moves one element after another, all by the length that suits the largest gradient. */
export async function compareElements(probe: Probe, elements: readonly number[]): Promise<ElementComparison[]> {
  const largest = probe.gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const comparisons: ElementComparison[] = [];
  for (const element of elements) {
    const compare = (length: number) => compareElement(probe, element, length, largest);
    const comparison = await (largest === 0
      ? compare(stepWithoutGradient(probe))
      : bestOfSteps((share) => compare((share * probe.loss) / largest)));
    comparisons.push({ index: indexOf(element, probe.tensor.shape), ...comparison });
  }
  return comparisons;
}

async function compareElement(probe: Probe, element: number, length: number, largest: number): Promise<Comparison> {
  const { device, tensor, values, gradient } = probe;
  const at: Tensor = { ...tensor, shape: [1], offset: tensor.offset + element * 4 };
  const own = values[element]!;
  const [up, down] = [Math.fround(own + length), Math.fround(own - length)];
  const move = (side: number) => device.write(at, Float32Array.of(side > 0 ? up : down));
  const difference = await centralDifference(probe, move, up - down);
  device.write(at, Float32Array.of(own));
  const gpu = gradient[element]!;
  const error = Math.abs(gpu - difference) / Math.max(largest, roundingOf(probe, up - down));
  return { gpu, difference, error };
}

async function centralDifference({ lossNow }: Probe, move: (side: 1 | -1) => void, distance: number): Promise<number> {
  move(1);
  const above = await lossNow();
  move(-1);
  return (above - (await lossNow())) / distance;
}

const roundingOf = ({ loss }: Probe, distance: number): number => (roundingShare * loss) / distance;

function normOf(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}

/** A hundredth of the values' norm: along a random direction this moves the loss, unless the gradient is truly 0. */
const stepWithoutGradient = ({ values }: Probe): number => 0.01 * (normOf(values) || 1);

function randomDirection(size: number, random: RandomStream): Float64Array {
  const direction = Float64Array.from({ length: size }, () => random.normal());
  const norm = normOf(direction);
  return direction.map((value) => value / norm);
}

/** Elements to compare: half of them those with the largest gradients, the others at random. */
export function chooseElements(gradient: Float32Array, samples: number, random: RandomStream): number[] {
  const size = Math.min(samples, gradient.length);
  const largestFirst = [...gradient.keys()].sort((a, b) => Math.abs(gradient[b]!) - Math.abs(gradient[a]!));
  const chosen = new Set(largestFirst.slice(0, Math.ceil(size / 2)));
  while (chosen.size < size) chosen.add(random.integer(gradient.length));
  return [...chosen];
}

/** The index along each dimension of an element of a row-major tensor. */
function indexOf(element: number, shape: Shape): number[] {
  let rest = element;
  return shape
    .toReversed()
    .map((size) => {
      const at = rest % size;
      rest = Math.floor(rest / size);
      return at;
    })
    .reverse();
}
