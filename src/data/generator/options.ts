/** What a caller chooses of a synthetic data set. */
import { UsageError } from "../../errors.ts";
import { parameterNames, type Ranges, requireRange } from "./parameters.ts";
import { requirePrior, type PriorKind } from "./prior.ts";

export interface GeneratorOptions {
  readonly seed: number;
  /** Side of the square image in pixels. The field of view is the same at every size; so are the labels. */
  readonly size: number;
  readonly parameters: Ranges;
  /** From what the composition of an image is drawn. By default three uniform numbers over their sum. */
  readonly prior?: PriorKind;
}

export const defaultSize = 512;
const sizes = [16, 2048] as const;
/** Micrometres: of a pixel at most, so that the smallest cells still show. */
const mostPerPixel = 40;

const isWithin = (value: number, low: number, high: number): boolean =>
  Number.isInteger(value) && value >= low && value <= high;

/** @throws UsageError if an option is out of range. */
export function requireOptions({ seed, size, parameters, prior }: GeneratorOptions): void {
  if (!isWithin(seed, 0, Number.MAX_SAFE_INTEGER)) {
    throw new UsageError(`generator: expected a seed of a non-negative integer, got ${seed}`);
  }
  if (!isWithin(size, ...sizes)) {
    throw new UsageError(`generator: expected a size of ${sizes.join(" to ")} pixels, got ${size}`);
  }
  for (const name of parameterNames) requireRange(name, `generator: ${name}`, parameters[name]);
  const [, widest] = parameters.fieldOfView;
  if (widest / size > mostPerPixel) {
    throw new UsageError(
      `generator: expected a field of view of at most ${mostPerPixel} um a pixel, or cells fall between pixels, ` +
        `got ${widest} um in ${size}. Make the images larger (--size) or the field smaller (--field-of-view).`,
    );
  }
  if (prior) requirePrior(prior);
}
