/** What the page trains, and what its address may change of it. */
import { UsageError } from "../src/errors.ts";
import preset from "../src/nn/presets/tiny.json" with { type: "json" };

export interface Demo {
  readonly images: number;
  /** Side of the images in pixels. */
  readonly size: number;
  readonly batch: number;
  readonly epochs: number;
  readonly seed: number;
}

/** Steps enough for the moving statistics of batch normalisation, which the validation uses, to settle. */
const defaults: Demo = { images: 768, size: 64, batch: preset.batch, epochs: 40, seed: 1 };

/**
 * The demo that a page's address asks for, such as `?epochs=5&seed=2`.
 *
 * @param search `location.search`.
 * @throws UsageError for a name that is no option, or a value that is no whole number.
 */
export function readDemo(search: string): Demo {
  const given = [...new URLSearchParams(search)].map(([name, text]) => {
    if (!Object.hasOwn(defaults, name)) {
      throw new UsageError(`address: expected options among ${Object.keys(defaults).join(", ")}, got "${name}"`);
    }
    const least = name === "seed" ? 0 : 1;
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!Number.isSafeInteger(value) || value < least) {
      throw new UsageError(`address: expected ${name} to be a whole number of at least ${least}, got "${text}"`);
    }
    return [name, value] as const;
  });
  return { ...defaults, ...Object.fromEntries(given) };
}
