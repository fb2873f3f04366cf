import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ownLines, runCli } from "../support/cli.ts";
import { temporaryFolder } from "../support/run.ts";

const folder = temporaryFolder();
const command = ["bench", "tune", "--preset", "tiny", "--batch", "2", "--size", "18"];

interface Tuned {
  sites: {
    site: string;
    fastest: string | null;
    notMeasured: string | null;
    variants: { ms: { median: number } | null; repetitions: number[] }[];
  }[];
}

/** What is kept in a cache folder of its own, by site. */
function keptIn(cache: string): Record<string, string> {
  const tuning = join(cache, "cellgrad/tuning");
  if (!existsSync(tuning)) return {};
  const [file, ...others] = readdirSync(tuning);
  expect(others).toEqual([]);
  return (JSON.parse(readFileSync(join(tuning, file ?? ""), "utf8")) as { measured: Record<string, string> }).measured;
}

test("Ctrl-C keeps the sites that are finished, and says how many are left", async () => {
  const cache = join(folder, "interrupted");
  const first = await runCli([...command, "--json"], { XDG_CACHE_HOME: cache }, /^1\/5 /m);
  expect(first.status).toBe(130);
  const { sites } = JSON.parse(first.stdout) as Tuned;
  const measured = sites.filter(({ notMeasured }) => notMeasured === null);
  const left = sites.filter(({ notMeasured }) => notMeasured === "interrupted");
  expect([measured.length > 0, left.length > 0, measured.length + left.length]).toEqual([true, true, 5]);
  expect(keptIn(cache)).toEqual(Object.fromEntries(measured.map(({ site, fastest }) => [site, fastest])));
  for (const { ms, repetitions } of measured.flatMap(({ variants }) => variants)) {
    expect([3, 6, 9]).toContain(repetitions.length);
    expect(ms?.median).toBeGreaterThan(0);
  }
  expect(ownLines(first.stderr)).toContain(
    `interrupted: ${left.length} of 5 sites were not measured and keep the variants that they had. ` +
      "The same command again begins with those.",
  );
}, 60_000);

test("a cap that is over before anything is measured writes nothing and says what to do", async () => {
  const cache = join(folder, "capped");
  const { status, stdout, stderr } = await runCli([...command, "--minutes", "0.01"], { XDG_CACHE_HOME: cache });
  expect(status).toBe(0);
  expect(stdout.match(/not measured: time was up$/gm)).toHaveLength(5);
  expect(ownLines(stderr)).toContain(
    "time was up: 5 of 5 sites were not measured and keep the variants that they had. Give it more --minutes.",
  );
  expect(keptIn(cache)).toEqual({});
}, 60_000);

test("no time at all is refused", async () => {
  const { status, stderr } = await runCli([...command, "--minutes", "0"]);
  expect([status, stderr]).toEqual([2, expect.stringContaining("--minutes: expected a number of at least 0.01, got")]);
});
