/** The losses that a preset may name: the op that a step records, and its value of an epoch on the host. */
import { huber } from "../kernels/huber.ts";
import type { Loss } from "../kernels/loss.ts";
import { mae } from "../kernels/mae.ts";
import { mse } from "../kernels/mse.ts";
import type { Scores } from "./metrics.ts";

export const lossNames = ["mse", "mae", "huber"] as const;
export type LossName = (typeof lossNames)[number];

export const losses: Readonly<Record<LossName, Loss>> = { mse, mae, huber };

/**
 * The loss of predictions against targets, both [N, K], in float64.
 *
 * @param scores theirs, which hold the loss where it is a metric too.
 */
export function lossOf(
  name: LossName,
  scores: Pick<Scores, "mse" | "mae">,
  predictions: Float32Array,
  targets: Float32Array,
): number {
  if (name !== "huber") return scores[name];
  let sum = 0;
  targets.forEach((target, i) => {
    const error = Math.abs(predictions[i]! - target);
    sum += error <= 1 ? error ** 2 / 2 : error - 0.5;
  });
  return sum / targets.length;
}
