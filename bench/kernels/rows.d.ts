/**
 * The rows of every op, as the command line's compiler sees them. The rows and the references of test/reference are
 * written without `noUncheckedIndexedAccess` (docs/decisions/0007), which is on in src; a declaration keeps them apart.
 */
import type { BenchRow, Shapes } from "./row.ts";

export declare const rowsOfOps: Readonly<Record<string, (shapes: Shapes) => BenchRow[]>>;
