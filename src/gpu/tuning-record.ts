/** What was measured on an adapter, as it is kept from run to run: text that a reader need not trust. */
import { DataError } from "../errors.ts";

/** Another adapter, driver or version of the engine below may be fastest with other kernels. */
export interface TuningKey {
  readonly adapter: string;
  readonly driver: string;
  /** The version of Dawn, or "browser". */
  readonly engine: string;
}

/** The variants that were measured to be the fastest, by site. */
export type Measured = ReadonlyMap<string, string>;

const format = "cellgrad tuning 1";

/** The record as JSON. */
export const tuningText = (key: TuningKey, measured: Measured): string =>
  `${JSON.stringify({ format, ...key, measured: Object.fromEntries(measured) }, undefined, 1)}\n`;

/** Reads what `tuningText` wrote. @throws DataError if it is not a record of this adapter. */
export function readTuning(where: string, text: string, key: TuningKey): Measured {
  const record = parse(text);
  if (record?.["format"] !== format) {
    throw new DataError(`${where}: expected a record of "${format}", got ${excerpt(text)}`);
  }
  for (const name of ["adapter", "driver", "engine"] as const) {
    if (record[name] !== key[name]) {
      throw new DataError(`${where}: expected the ${name} "${key[name]}", got ${JSON.stringify(record[name])}`);
    }
  }
  const { measured } = record;
  if (!isRecord(measured) || !Object.values(measured).every((variant) => typeof variant === "string")) {
    throw new DataError(
      `${where}: expected the name of a variant for each site, got ${excerpt(JSON.stringify(measured))}`,
    );
  }
  return new Map(Object.entries(measured).map(([site, variant]) => [site, String(variant)]));
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const excerpt = (text: string | undefined): string => JSON.stringify((text ?? "nothing").slice(0, 40));
