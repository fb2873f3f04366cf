/** Checks parameters of an augmentation, from a file or from a program. Without zod, since the page carries this too. */
import { UsageError } from "../../errors.ts";
import { type AugmentOptions, augmentNames, augmentPresets, fills } from "./options.ts";

/** What a parameter has to be. */
interface Rule {
  readonly contract: string;
  readonly accepts: (value: unknown) => boolean;
}

const isWithin = (least: number, most: number) => (value: unknown) =>
  typeof value === "number" && value >= least && value <= most;

const range = (least: number, most: number): Rule => ({
  contract: `[low, high] from ${least} to ${most}, low no larger than high`,
  accepts: (value) =>
    Array.isArray(value) && value.length === 2 && value.every(isWithin(least, most)) && value[0] <= value[1],
});

const oneOf = (...choices: readonly (string | number)[]): Rule => ({
  contract: `one of ${choices.join(", ")}`,
  accepts: (value) => choices.some((choice) => choice === value),
});

const probability: Rule = { contract: "a number from 0 to 1", accepts: isWithin(0, 1) };

const rules: Readonly<Record<keyof AugmentOptions, Rule>> = {
  name: { contract: "a text", accepts: (value) => typeof value === "string" },
  rotation: range(-180, 180),
  flipHorizontal: probability,
  flipVertical: probability,
  scale: range(0.5, 2),
  scaleAxes: oneOf("together", "separate"),
  shift: range(-1, 1),
  contrast: range(0, 4),
  multiply: range(0, 4),
  blur: range(0, 1.8),
  fill: oneOf(...fills),
  interpolations: oneOf(1, 2),
};

/** A preset by its name, or parameters once checked. @throws UsageError naming what is missing, unknown or wrong. */
export function augmentOf(given: unknown): AugmentOptions {
  const preset = typeof given === "string" ? augmentPresets.get(given) : undefined;
  if (preset) return preset;
  if (isAugment(given)) return given;
  throw new UsageError(
    `augment: expected one of ${augmentNames.join(", ")} or an object of parameters, got ${JSON.stringify(given)}`,
  );
}

/** False for what is no object. @throws UsageError for an object that is no augmentation. */
function isAugment(given: unknown): given is AugmentOptions {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return false;
  const values: Readonly<Record<string, unknown>> = { ...given };
  for (const name of Object.keys(values)) {
    if (!Object.hasOwn(rules, name)) {
      throw new UsageError(`augment: expected parameters among ${Object.keys(rules).join(", ")}, got "${name}"`);
    }
  }
  for (const [name, { contract, accepts }] of Object.entries(rules)) {
    if (accepts(values[name])) continue;
    throw new UsageError(`augment.${name}: expected ${contract}, got ${JSON.stringify(values[name]) ?? "nothing"}`);
  }
  return true;
}
