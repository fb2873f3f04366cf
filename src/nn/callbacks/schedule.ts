/** How the learning rate changes from epoch to epoch, as a preset has it. Without zod, since the page carries this too. */
import type { PlateauOptions } from "./plateau.ts";

/** One of them, told apart by `name`. */
export type Schedule =
  | { readonly name: "constant" }
  | ({ readonly name: "plateau" } & PlateauOptions)
  /** The first rate times factor^(epochs done / every, rounded down): Keras's ExponentialDecay with staircase. */
  | { readonly name: "step"; readonly every: number; readonly factor: number }
  /** Keras's CosineDecay over the epochs of the run: half a cosine from the first rate to its alpha-th part. */
  | { readonly name: "cosine"; readonly alpha: number };

export type ScheduleName = Schedule["name"];

export const scheduleNames = ["constant", "plateau", "step", "cosine"] as const satisfies readonly ScheduleName[];

/** As one types it: `plateau:factor=0.2,patience=5`. */
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
