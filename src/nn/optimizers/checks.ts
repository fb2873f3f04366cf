/** What every optimizer checks before it is made or recorded. */
import { UsageError } from "../../errors.ts";
import type { Slot } from "../../gpu/tensor.ts";

/** @param where the optimizer's name in the message. @throws UsageError unless 0 <= value < 1. */
export function requireShare(where: string, name: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new UsageError(`${where}: expected ${name} in [0, 1), got ${value}`);
}

/** @throws UsageError unless epsilon is at least 0. */
export function requireEpsilon(where: string, epsilon: number): void {
  if (!(epsilon >= 0)) throw new UsageError(`${where}: expected epsilon of at least 0, got ${epsilon}`);
}

/** The number of parameters in a slot. @throws UsageError unless they are whole vectors of four. */
export function sizeOfParameters(where: string, { bytes }: Slot): number {
  if (bytes % 16 !== 0) {
    throw new UsageError(`${where}: expected parameters of a multiple of 16 bytes, got ${bytes}`);
  }
  return bytes / 4;
}
