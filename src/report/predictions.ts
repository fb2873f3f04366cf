/** A run's predictions beside what they should be, as the text of `predictions.csv`. */
import { csvFormatRows, csvParseRows } from "d3-dsv";
import { DataError } from "../errors.ts";

/** An image of the run: its name, the part of the split that it is in, and one number per output. */
export interface PredictionRow {
  readonly image: string;
  readonly split: string;
  readonly actual: readonly number[];
  readonly predicted: readonly number[];
}

export interface Predictions {
  /** Names of the outputs. */
  readonly outputs: readonly string[];
  readonly rows: readonly PredictionRow[];
}

const headerOf = (outputs: readonly string[]): readonly string[] => [
  "image",
  "split",
  ...outputs,
  ...outputs.map((name) => `${name}.predicted`),
];

/** The text of `predictions.csv`: a header, then a row an image. Numbers are read back to the last bit. */
export function predictionsCsv({ outputs, rows }: Predictions): string {
  const lines = rows.map(({ image, split, actual, predicted }) => [
    image,
    split,
    ...[...actual, ...predicted].map(String),
  ]);
  return `${csvFormatRows([[...headerOf(outputs)], ...lines])}\n`;
}

/**
 * The rows of a `predictions.csv`. Rows are counted as a spreadsheet shows them, the header being row 1.
 *
 * @param file stands in messages.
 * @throws DataError if the header is not that of predictions, or a row has other fields or a value that is not finite.
 */
export function parsePredictions(text: string, file: string): Predictions {
  const [header = [], ...records] = csvParseRows(text);
  const outputs = outputsOf(header, file);
  const rows = records.map((fields, i) => parseRow(fields, outputs, `${file} row ${i + 2}`));
  return { outputs, rows };
}

function outputsOf(header: readonly string[], file: string): readonly string[] {
  const outputs = header.slice(2, 2 + (header.length - 2) / 2);
  const isHeader = outputs.length > 0 && header.join("\n") === headerOf(outputs).join("\n");
  if (isHeader) return outputs;
  throw new DataError(
    `${file}: expected a header such as "image,split,a,b,a.predicted,b.predicted", got "${header.join(",")}". ` +
      "It holds no predictions of a run: cellgrad train writes them when it ends.",
  );
}

function parseRow(fields: readonly string[], outputs: readonly string[], where: string): PredictionRow {
  const count = outputs.length;
  if (fields.length !== 2 + 2 * count) {
    throw new DataError(
      `${where}: expected ${2 + 2 * count} fields as in the header, got ${fields.length} (${fields.join(",")})`,
    );
  }
  const [image = "", split = "", ...texts] = fields;
  const values = texts.map((text, i) => {
    // Number() alone would read an empty field as 0.
    const value = text.trim() === "" ? NaN : Number(text);
    if (Number.isFinite(value)) return value;
    const column = headerOf(outputs)[2 + i];
    throw new DataError(`${where}, column "${column}": expected a finite number, got ${JSON.stringify(text)}`);
  });
  return { image, split, actual: values.slice(0, count), predicted: values.slice(count) };
}
