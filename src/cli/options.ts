/** Options that several commands share, and checks of values: what is no number is refused, never read as NaN. */
import { parseNormalization } from "../data/normalize.ts";
import { UsageError } from "../errors.ts";
import { parseScheduleRequest, scheduleContract, schedulesAndOptions } from "../nn/callbacks/schedule-request.ts";

/** Of the commands that print a result. */
export const jsonOption = {
  json: { type: "boolean", default: false, describe: "print one JSON document" },
} as const;

/** Of the commands that use the GPU. */
export const adapterOptions = {
  adapter: text("adapter", { describe: "use the adapter whose name contains this" }),
  software: { type: "boolean", default: false, describe: "use an adapter that runs on the CPU" },
} as const;

interface Given {
  readonly describe: string;
  readonly default?: number | string;
  readonly demandOption?: true;
}

type Checked<Options extends Given, Value> = Options & { requiresArg: true; coerce: (value: unknown) => Value };

/**
 * An option for yargs with a check of its value. yargs reports a thrown UsageError with exit status 2.
 *
 * @param read turns the text of the command line into the value, or gives undefined where that is no `contract`.
 */
function checked<Options extends Given, Value>(
  name: string,
  contract: string,
  options: Options,
  read: (text: string) => Value | undefined,
): Checked<Options, Value> {
  const coerce = (given: unknown): Value => {
    const value = typeof given === "string" || typeof given === "number" ? read(String(given).trim()) : undefined;
    if (value === undefined) throw new UsageError(`--${name}: expected ${contract}, got ${JSON.stringify(given)}`);
    return value;
  };
  return { ...options, requiresArg: true, coerce };
}

/** A finite decimal number; Number("") is 0 and Number("0x1f") is 31, which nobody means. */
function decimal(text: string): number | undefined {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text)) ? Number(text) : undefined;
}

/** An option that takes any text, such as a path; given twice, yargs would make it an array. */
export function text<Options extends Given>(name: string, options: Options) {
  return checked(name, "one value", options, (value) => (value === "" ? undefined : value));
}

/** An option that takes an integer in [least, most]. */
export function integer<Options extends Given>(
  name: string,
  options: Options,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
) {
  const contract =
    most < Number.MAX_SAFE_INTEGER ? `an integer from ${least} to ${most}` : `an integer of at least ${least}`;
  return checked(name, contract, options, (text) => {
    const value = decimal(text);
    return value !== undefined && Number.isInteger(value) && value >= least && value <= most ? value : undefined;
  });
}

/** An option that takes 1, 2, 3, … */
export const positiveInteger = <Options extends Given>(name: string, options: Options) => integer(name, options, 1);

/** An option that takes a list such as 1,4,16. */
export const positiveIntegers = <Options extends Given>(name: string, options: Options) =>
  checked(name, "positive integers, such as 1,4,16", options, (text) => {
    const values = text.split(",").map((part) => decimal(part.trim()));
    const whole = values.filter((value): value is number => Number.isInteger(value) && Number(value) > 0);
    return whole.length === values.length ? whole : undefined;
  });

/** An option that takes a number in [least, most]. */
export function number<Options extends Given>(name: string, options: Options, least = -Infinity, most = Infinity) {
  const bounds = [...(least > -Infinity ? [`at least ${least}`] : []), ...(most < Infinity ? [`at most ${most}`] : [])];
  const contract = ["a number", ...(bounds.length > 0 ? ["of", bounds.join(" and ")] : [])].join(" ");
  return checked(name, contract, options, (text) => {
    const value = decimal(text);
    return value !== undefined && value >= least && value <= most ? value : undefined;
  });
}

/** An option that takes shares of a whole, such as 0.7,0.15,0.15: `count` numbers in [0, 1] that add up to 1. */
export function fractions<Options extends Given>(name: string, options: Options, count: number) {
  return checked(name, `${count} fractions that add up to 1, such as 0.7,0.15,0.15`, options, (text) => {
    const values = text.split(",").map((part) => decimal(part.trim()));
    const shares = values.filter((value): value is number => value !== undefined && value >= 0);
    const sum = shares.reduce((total, share) => total + share, 0);
    return values.length === count && shares.length === count && Math.abs(sum - 1) < 1e-6 ? shares : undefined;
  });
}

/** An option that takes one of a few words. */
export function choice<const Choices extends readonly string[], Options extends Given>(
  name: string,
  choices: Choices,
  options: Options,
) {
  const contract = choices.length > 1 ? `one of ${choices.join(", ")}` : `${choices.join()}, the only one there is`;
  return checked(name, contract, options, (text): Choices[number] | undefined => choices.find((own) => own === text));
}

/** How the learning rate changes from epoch to epoch. */
export const scheduleOption = checked(
  "schedule",
  scheduleContract,
  {
    describe:
      `how the learning rate changes: ${schedulesAndOptions}; options such as plateau:factor=0.2,patience=5, ` +
      "or Keras's defaults where the schedule is not the preset's",
  },
  parseScheduleRequest,
);

/** What decides everything that chance plays a part in. */
export const seedOption = { seed: integer("seed", { default: 0, describe: "decides what chance would" }, 0) };

/** Of the commands that choose how image files become 8-bit gray. No defaults: a resumed run has its own. */
export const decodingOptions = {
  channel: positiveInteger("channel", {
    describe: "the channel of each image to read, from 1 (default: the gray of all)",
  }),
  normalize: checked(
    "normalize",
    'none or percentile:LOW,HIGH, such as "percentile:0.5,99.5"',
    {
      describe:
        "none, the upper byte of 16-bit images (default); or percentile:LOW,HIGH, which stretches each image between two percentiles of its own",
    },
    parseNormalization,
  ),
} as const;

/** Of the commands that read a data set. */
export const cacheOption = {
  cache: {
    type: "boolean",
    describe: "keep what was read in the user's cache folder (default; --no-cache reads the files again)",
  },
} as const;
