/** What a command says: results on stdout, everything else on stderr. */

/** Progress, notes and warnings: a line on stderr. */
export const note = (line: string): void => void process.stderr.write(`${line}\n`);

let resultsAreProgress = false;

/** A result for people: a line on stdout. */
export const print = (line: string): void =>
  void (resultsAreProgress ? process.stderr : process.stdout).write(`${line}\n`);

/** Runs commands that are steps of another one: what they print as results goes to stderr. */
export async function asProgress<Result>(work: () => Promise<Result>): Promise<Result> {
  resultsAreProgress = true;
  try {
    return await work();
  } finally {
    resultsAreProgress = false;
  }
}

/** A result for programs: one JSON document on stdout. */
export const printJson = (value: unknown): void => print(JSON.stringify(value, undefined, 2));

/** Rows in columns as wide as their widest cell; numbers that were formatted alike line up on the right. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const isNumber = (cell: string) => /^-?[\d,.]+(e[+-]\d+)?%?$/.test(cell);
  for (const row of rows) {
    const cells = row.map((cell, i) => (isNumber(cell) ? cell.padStart(width(i)) : cell.padEnd(width(i))));
    print(cells.join("  ").trimEnd());
  }
}
