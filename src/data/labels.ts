/** Labels of images and the file `labels.csv`. */
import { csvParseRows } from "d3-dsv";
import { DataError, UsageError } from "../errors.ts";

/** The labels of one image. */
export interface LabelRow {
  /** The image's file name, without a folder. */
  readonly image: string;
  /** One number per output; float32 can hold each. */
  readonly values: readonly number[];
  /** Where they were read, for messages: "data/labels.csv row 3". */
  readonly where: string;
}

/** Labels in the order of their file; no image occurs twice. */
export interface LabelTable {
  /** Names of the outputs. */
  readonly outputs: readonly string[];
  readonly rows: readonly LabelRow[];
}

/**
 * The labels in a CSV text: a header, then one row per image with its file name first and a number per output.
 *
 * Rows are counted as a spreadsheet shows them, the header being row 1; blank rows are skipped.
 *
 * @param file stands in messages.
 * @param labelColumns selects the columns and orders the outputs; by default all in the file's order.
 * @throws DataError if there is no header, no label column or no row, a row is ragged or repeats an image, a value is not
 *   a finite number, or `labelColumns` names a column that is not there.
 */
export function parseLabels(text: string, file: string, labelColumns?: readonly string[]): LabelTable {
  const [header = [], ...records] = csvParseRows(text).map((row) => row.map((field) => field.trim()));
  const columns = readHeader(header, file);
  const selected = selectColumns(columns, file, labelColumns);
  for (const column of selected) requireFree(columns[column]!, file);
  const rows: LabelRow[] = [];
  const seen = new Map<string, string>();
  records.forEach((fields, index) => {
    if (fields.length === 1 && fields[0] === "") return;
    const row = `row ${index + 2}`;
    const where = `${file} ${row}`;
    if (fields.length !== header.length) {
      throw new DataError(
        `${where}: expected ${header.length} fields as in the header, got ${fields.length} (${fields.join(",")})`,
      );
    }
    const [image = "", ...texts] = fields;
    checkImageName(image, where, seen.get(image));
    seen.set(image, row);
    const values = selected.map((column) => parseValue(texts[column]!, `${where}, column "${columns[column]}"`));
    rows.push({ image, values, where });
  });
  if (rows.length === 0) throw new DataError(`${file}: expected at least one row of labels, got only a header`);
  return { outputs: selected.map((column) => columns[column]!), rows };
}

/** The label columns: all but the first. */
function readHeader(header: readonly string[], file: string): readonly string[] {
  const [image = "", ...columns] = header;
  const contract = `${file}: expected a header of an image column and one column per output, such as "image,a,b"`;
  if (header.every((field) => field === "")) throw new DataError(`${contract}, got none; add it as the first row`);
  if (/\.(png|jpe?g|tiff?)$/i.test(image)) {
    throw new DataError(`${contract}, got the labels "${header.join(",")}"; add it as the first row`);
  }
  if (columns.length === 0) throw new DataError(`${contract}, got only "${image}"; separate the columns by commas`);
  if (columns.includes("")) throw new DataError(`${contract}, got an unnamed label column in "${header.join(",")}"`);
  const repeated = columns.find((column, i) => columns.indexOf(column) !== i);
  if (repeated !== undefined) throw new DataError(`${contract}, got "${repeated}" twice; rename one`);
  return columns;
}

/** What predict --json has beside the outputs, of which none may take its place. */
const taken = ["image", "uncertainty", "doubtful"];

function requireFree(column: string, file: string): void {
  if (!taken.includes(column)) return;
  throw new DataError(
    `${file}: expected outputs of other names than ${taken.join(", ")}, which rows of predictions have, got "${column}"; ` +
      "rename the column or choose others with labelColumns (--label-columns)",
  );
}

/**
 * Indices into `columns` of those that `labelColumns` names, in its order; all where it is left out.
 *
 * @param where stands in messages.
 * @throws UsageError if `labelColumns` is empty or repeats a name; DataError if it names a column that is not there.
 */
export function selectColumns(
  columns: readonly string[],
  where: string,
  labelColumns?: readonly string[],
): readonly number[] {
  if (labelColumns === undefined) return columns.map((_, i) => i);
  if (labelColumns.length === 0 || new Set(labelColumns).size < labelColumns.length) {
    throw new UsageError(`labelColumns: expected one or more different columns, got [${labelColumns.join(", ")}]`);
  }
  return labelColumns.map((name) => {
    const index = columns.indexOf(name);
    if (index < 0) throw new DataError(`${where}: expected label columns among ${columns.join(", ")}, got "${name}"`);
    return index;
  });
}

function checkImageName(image: string, where: string, firstRow: string | undefined): void {
  if (image === "") throw new DataError(`${where}: expected an image's file name in the first column, got nothing`);
  if (firstRow !== undefined) {
    throw new DataError(`${where}: expected each image once, got "${image}" again (first in ${firstRow}); remove one`);
  }
}

function parseValue(text: string, where: string): number {
  // Number() alone would take "0x10" and, as 0, an empty field.
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  return requireFinite(value, where, text === "" ? "nothing" : `"${text}"`);
}

/**
 * The value, which float32 has to hold.
 *
 * @param where the file and the column.
 * @param got how the file has it.
 */
export function requireFinite(value: number, where: string, got: string): number {
  if (Number.isFinite(Math.fround(value))) return value;
  throw new DataError(
    `${where}: expected a finite number, got ${got}; mend it or choose other columns with labelColumns (--label-columns)`,
  );
}
