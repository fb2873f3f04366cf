/** What a command says: results on stdout, everything else on stderr. */

/**
 * Text that a terminal shows and does not obey: names in files of others may hold its escape sequences. Control
 * characters other than tabs and ends of lines become U+FFFD.
 */
export const harmless = (text: string): string => text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "\ufffd");

/** Progress, notes and warnings: a line on stderr. */
export const note = (line: string): void => void process.stderr.write(`${harmless(line)}\n`);

let resultsAreProgress = false;

/** A result for people: a line on stdout. */
export const print = (line: string): void =>
  void (resultsAreProgress ? process.stderr : process.stdout).write(`${harmless(line)}\n`);

/** Runs commands that are steps of another one: what they print as results goes to stderr. */
export async function asProgress<Result>(work: () => Promise<Result>): Promise<Result> {
  resultsAreProgress = true;
  try {
    return await work();
  } finally {
    resultsAreProgress = false;
  }
}

/** A result for programs: one JSON document on stdout, with every control character escaped, so that none is lost. */
export const printJson = (value: unknown): void =>
  print(JSON.stringify(value, undefined, 2).replace(/[\x7f-\x9f]/g, (own) => `\\u00${own.charCodeAt(0).toString(16)}`));

/** Rows in columns as wide as their widest cell; numbers that were formatted alike line up on the right. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const isNumber = (cell: string) => /^-?[\d,.]+(e[+-]\d+)?%?$/.test(cell);
  for (const row of rows) {
    const cells = row.map((cell, i) => (isNumber(cell) ? cell.padStart(width(i)) : cell.padEnd(width(i))));
    print(cells.join("  ").trimEnd());
  }
}
