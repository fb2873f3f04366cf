/**
 * Which of several ways to do the same work an adapter takes. An op offers variants in its order of preference; what
 * was measured on this adapter comes first.
 */
import type { Phase } from "./launch.ts";

/** Adapters that want the same kernels. */
export type Family = "nvidia" | "amd" | "intel" | "apple" | "lavapipe" | "swiftshader" | "other";

export interface Tuning {
  readonly family: Family;
  /** Invocations that run in step, where it is the same for every pipeline and subgroup operations exist. */
  readonly subgroupSize: number | null;
  /** Read shapes from uniforms, so that layers share pipelines: worth it where compiling is slow. */
  readonly bindDimensions: boolean;
  /** Broadcast where a shuffle reads a constant lane: 8 % faster for a convolution on SwiftShader, 5 % slower on lavapipe. */
  readonly broadcasts: boolean;
  /** The variants that were measured to be the fastest, by site. */
  readonly measured: ReadonlyMap<string, string>;
}

/** A place where a variant was chosen, as a Program lists them. */
export interface Choice {
  /** The kernel and the shape, such as "conv2d 16x128x128 -> 16, 3x3". */
  readonly site: string;
  readonly layer: string;
  readonly phase: Phase;
  readonly among: readonly string[];
  readonly chosen: string;
}

/** Nothing known of the adapter: kernels that run everywhere. */
export const untuned: Tuning = {
  family: "other",
  subgroupSize: null,
  bindDimensions: false,
  broadcasts: false,
  measured: new Map(),
};

/** What an adapter says of itself. */
interface Names {
  readonly name: string;
  readonly vendor: string;
  readonly driver: string;
  readonly type: "hardware" | "software";
}

/** What may be known of an adapter without measuring. */
export function tuningFor(
  description: Names,
  subgroups: { readonly min: number; readonly max: number } | null,
): Tuning {
  return {
    family: familyOf(description),
    subgroupSize: subgroups && subgroups.min === subgroups.max ? subgroups.min : null,
    bindDimensions: description.type === "software",
    broadcasts: familyOf(description) === "swiftshader",
    measured: new Map(),
  };
}

function familyOf({ name, vendor, driver }: Names): Family {
  const text = `${name} ${vendor} ${driver}`.toLowerCase();
  if (text.includes("swiftshader")) return "swiftshader";
  if (text.includes("llvmpipe") || text.includes("lavapipe")) return "lavapipe";
  const known = ["nvidia", "amd", "intel", "apple"] as const;
  return known.find((family) => text.includes(family)) ?? "other";
}

/** Whether the adapters of a family compute on the CPU. */
export const isSoftware = (family: Family): boolean => family === "lavapipe" || family === "swiftshader";
