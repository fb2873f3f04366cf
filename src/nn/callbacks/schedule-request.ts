/** A schedule in a preset and on the command line, checked. */
import { z } from "zod";
import { type Schedule, type ScheduleName, scheduleNames } from "./schedule.ts";

const share = z.number().gt(0).lt(1);

/** One of them, told apart by `name`; anything else in it is an error. */
export const scheduleSchema = z.discriminatedUnion("name", [
  z.strictObject({ name: z.literal("constant") }),
  z.strictObject({
    name: z.literal("plateau"),
    factor: share,
    patience: z.int().min(0),
    minDelta: z.number().min(0),
    cooldown: z.int().min(0),
    minLearningRate: z.number().min(0),
  }),
  z.strictObject({ name: z.literal("step"), every: z.int().positive(), factor: share }),
  z.strictObject({ name: z.literal("cosine"), alpha: z.number().min(0).max(1) }),
]) satisfies z.ZodType<Schedule>;

/** Keras's, but for `step`, which has none there. */
const defaults: { readonly [Name in ScheduleName]: Schedule & { readonly name: Name } } = {
  constant: { name: "constant" },
  plateau: { name: "plateau", factor: 0.1, patience: 10, minDelta: 1e-4, cooldown: 0, minLearningRate: 0 },
  step: { name: "step", every: 20, factor: 0.5 },
  cosine: { name: "cosine", alpha: 0 },
};

/** Every schedule with the options that it takes: `constant, plateau (factor, …), …`. */
const listed = scheduleNames.map((name) => {
  const options = Object.keys(defaults[name]).filter((key) => key !== "name");
  return options.length > 0 ? `${name} (${options.join(", ")})` : name;
});
export const schedulesAndOptions = `${listed.slice(0, -1).join(", ")} or ${listed.at(-1)}`;

/** What `parseScheduleRequest` takes. */
export const scheduleContract =
  `${schedulesAndOptions}, with any of the options in brackets as in plateau:factor=0.2,patience=5: factor above 0 and ` +
  "below 1, every a whole number from 1, patience and cooldown whole, alpha at most 1, none below 0";

/** What was asked for: a schedule's name, and which of its options are to be other than its defaults. */
export interface ScheduleRequest {
  readonly name: ScheduleName;
  readonly options: Readonly<Record<string, number>>;
}

/** "plateau" or "plateau:factor=0.2,patience=5" as a request; undefined where it is none or an option is out of range. */
export function parseScheduleRequest(text: string): ScheduleRequest | undefined {
  const [given = "", ...rest] = text.split(":");
  const name = scheduleNames.find((own) => own === given);
  if (name === undefined || rest.length > 1) return undefined;
  const pairs = rest.flatMap((list) => list.split(",")).map((pair) => /^(\w+)=([\d.+e-]+)$/i.exec(pair));
  const options = Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? "", Number(pair?.[2])]));
  const isWhole = Object.keys(options).length === pairs.length;
  return isWhole && scheduleSchema.safeParse({ ...defaults[name], ...options }).success ? { name, options } : undefined;
}

/** The schedule that is asked for: options that were not given are the preset's, if it has that one, or the defaults. */
export function scheduleFor(own: Schedule, request: ScheduleRequest | undefined): Schedule {
  if (!request) return own;
  return scheduleSchema.parse({ ...(request.name === own.name ? own : defaults[request.name]), ...request.options });
}
