/** One benchmark of kernels: an op at one shape, and the ways there are to compute it. */
import type { Device } from "../../src/gpu/device.ts";
import type { Phase } from "../../src/gpu/launch.ts";
import { Program } from "../../src/gpu/program.ts";
import type { Tuning } from "../../src/gpu/tuning.ts";
import type { Tensor } from "../../src/gpu/tensor.ts";

export interface BenchRow {
  /** The op's name, which is also that of its file. */
  readonly op: string;
  /** The pass and the shape; with the op it is unlike any other row's. */
  readonly label: string;
  /** Makes its inputs. They take memory, so only the row that is measured is open. */
  readonly open: () => OpenRow;
}

export interface OpenRow {
  /** The first is what training uses; the others are timed in turns with it. */
  readonly variants: readonly Variant[];
  /** Every output in float64, from the definition. Called once, before anything is timed. */
  readonly expected: () => ReadonlyMap<string, Float64Array>;
  /** Largest error of an element, relative to it or to the root mean square of its tensor, whichever is larger. */
  readonly tolerance: number;
  /** Writes what a run needs besides its inputs, such as the step's uniforms. */
  readonly prepare?: (device: Device) => void;
}

/** A way to compute a row. */
export interface Variant {
  readonly name: string;
  /** An empty Program to record in, where `new Program(name)` will not do. */
  readonly program?: (name: string) => Program;
  readonly record: (program: Program) => Recording;
}

export interface Recording {
  /** The launches of this phase are timed. */
  readonly phase: Phase;
  /** What is compared with `expected`, by the same names. Pinned tensors may be among them. */
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** What is computed as well but does not belong to the row: launches that only lead there are not timed. */
  readonly aside?: readonly Tensor[];
}

/** What rows may depend on. */
export interface Shapes {
  /** Images of the rows that have R-Net's shapes. */
  readonly batch: number;
  /** Their height and width. */
  readonly size: number;
}

/** Largest relative errors: of sums of some hundred float32 products, and of sums over a whole batch. */
export const tolerances = { short: 1e-4, long: 1e-3 } as const;

export const newProgram = ({ program }: Variant, name: string, tuning: Tuning): Program =>
  program?.(name) ?? new Program(name, tuning);
