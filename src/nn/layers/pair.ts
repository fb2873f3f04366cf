import type { Pair } from "../../shape.ts";

/** A size along both axes, or one for each: height, width. */
export type OneOrPair = number | Pair;

export const pairOf = (size: OneOrPair): Pair => (typeof size === "number" ? [size, size] : size);
