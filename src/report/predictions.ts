/** The labels and predictions of a run's images: `predictions.csv`. */
import { csvParseRows } from "d3-dsv";
import { partNames } from "../data/split.ts";
import { DataError } from "../errors.ts";

export type Part = (typeof partNames)[number];

export interface PredictionRow {
  /** The image's file name. */
  readonly image: string;
  readonly split: Part;
  /** [K], in the order of the outputs. */
  readonly actual: readonly number[];
  /** [K]. */
  readonly predicted: readonly number[];
}

export interface Predictions {
  /** K names. */
  readonly outputs: readonly string[];
  readonly rows: readonly PredictionRow[];
}

/**
 * The rows of a `predictions.csv`: image, split, a label for each output, a prediction for each output under
 * `<output>.predicted`.
 *
 * @param file stands in messages.
 * @throws DataError naming the first row that is none.
 */
export function parsePredictions(text: string, file: string): Predictions {
  const [header = [], ...records] = csvParseRows(text);
  const outputs = header.slice(2, 2 + (header.length - 2) / 2);
  const wanted = ["image", "split", ...outputs, ...outputs.map((name) => `${name}.predicted`)];
  if (outputs.length === 0 || header.join("\n") !== wanted.join("\n")) {
    throw new DataError(
      `${file}: expected a header such as "image,split,a,b,a.predicted,b.predicted", got "${header.join(",")}"`,
    );
  }
  return { outputs, rows: records.map((record, i) => rowOf(record, outputs.length, `${file}, row ${i + 2}`)) };
}

function rowOf(record: readonly string[], count: number, where: string): PredictionRow {
  const [image = "", part, ...fields] = record;
  if (fields.length !== 2 * count) {
    throw new DataError(`${where}: expected ${2 + 2 * count} fields as in the header, got ${record.length}`);
  }
  const split = partNames.find((name) => name === part);
  if (!split) throw new DataError(`${where}: expected a split of ${partNames.join(", ")}, got "${part}"`);
  const values = fields.map((field) => {
    const value = field.trim() === "" ? NaN : Number(field);
    if (!Number.isFinite(value)) throw new DataError(`${where}: expected finite numbers, got "${field}"`);
    return value;
  });
  return { image, split, actual: values.slice(0, count), predicted: values.slice(count) };
}
