/** How the learning rate changes from epoch to epoch, as a preset has it: a name and its options. */
import { z } from "zod";

const share = z.number().gt(0).lt(1);

/** One of them, told apart by `name`; anything else in it is an error. */
export const scheduleSchema = z.discriminatedUnion("name", [
  z.strictObject({ name: z.literal("constant") }),
  /** `plateau.ts` says what it does. */
  z.strictObject({
    name: z.literal("plateau"),
    factor: share,
    patience: z.int().min(0),
    minDelta: z.number().min(0),
    cooldown: z.int().min(0),
    minLearningRate: z.number().min(0),
  }),
  /** The first rate times factor^(epochs done / every, rounded down): Keras's ExponentialDecay with staircase. */
  z.strictObject({ name: z.literal("step"), every: z.int().positive(), factor: share }),
  /** Keras's CosineDecay over the epochs of the run: half a cosine from the first rate to its alpha-th part. */
  z.strictObject({ name: z.literal("cosine"), alpha: z.number().min(0).max(1) }),
]);

export type Schedule = z.infer<typeof scheduleSchema>;
export type ScheduleName = Schedule["name"];

export const scheduleNames = ["constant", "plateau", "step", "cosine"] as const satisfies readonly ScheduleName[];

/** Keras's, but for `step`, which has none there. */
const defaults: { readonly [Name in ScheduleName]: Schedule & { readonly name: Name } } = {
  constant: { name: "constant" },
  plateau: { name: "plateau", factor: 0.1, patience: 10, minDelta: 1e-4, cooldown: 0, minLearningRate: 0 },
  step: { name: "step", every: 20, factor: 0.5 },
  cosine: { name: "cosine", alpha: 0 },
};

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

/** As `parseScheduleRequest` reads it. */
export function showSchedule({ name, ...options }: Schedule): string {
  const pairs = Object.entries(options).map(([key, value]) => `${key}=${value}`);
  return pairs.length > 0 ? `${name}:${pairs.join(",")}` : name;
}

/** The rate of an epoch, from 0, under a schedule that does not depend on the loss. */
export function scheduledRate(
  schedule: Exclude<Schedule, { name: "plateau" }>,
  learningRate: number,
  epoch: number,
  epochs: number,
): number {
  switch (schedule.name) {
    case "constant":
      return learningRate;
    case "step":
      return learningRate * schedule.factor ** Math.floor(epoch / schedule.every);
    case "cosine": {
      const share = (1 + Math.cos((Math.PI * Math.min(epoch, epochs)) / epochs)) / 2;
      return learningRate * ((1 - schedule.alpha) * share + schedule.alpha);
    }
  }
}
