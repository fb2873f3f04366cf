/** `quickstart`, with a smaller plan than a user's: each command that it says is one that does what it did. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { walkThrough } from "../../src/cli/quickstart.ts";
import { ownLines, runCli } from "../support/cli.ts";
import { readText, temporaryFolder } from "../support/run.ts";

const root = temporaryFolder();

afterEach(() => vi.restoreAllMocks());

/** Collects what is written to a stream. */
function listen(stream: NodeJS.WriteStream): string[] {
  const written: string[] = [];
  vi.spyOn(stream, "write").mockImplementation((text) => written.push(String(text)) > 0);
  return written;
}

test("makes images, trains, evaluates and predicts; the commands that it says do the same", async () => {
  const out = join(root, "all");
  const [stdout, stderr] = [listen(process.stdout), listen(process.stderr)];
  await walkThrough({ out, $0: "", _: [] }, { preset: "tiny", images: 16, size: 16, epochs: 1, batch: 8 });
  vi.restoreAllMocks();
  const said = stderr.join("");
  expect(said).toMatch(/done: images in .*\n$/);
  const [made, trained, scored, ...predicted] = stdout
    .join("")
    .trimEnd()
    .split("\n")
    .filter((line) => !/^(output|all|round|spindle|granular|the labels) /.test(line));
  expect([made, trained, scored]).toEqual([
    `16 images of 16 x 16 in ${out}/data`,
    expect.stringMatching(/^2 steps in .* weights [0-9a-f]{64}$/),
    "test: 3 images, with 95 % bootstrap intervals over images",
  ]);
  expect(predicted).toHaveLength(4);

  const commands = [...said.matchAll(/^\d\/4 .*: {2}cellgrad (.*)$/gm)].map((match) => match[1]);
  expect(commands).toHaveLength(4);
  const again = join(root, "again");
  const results: string[] = [];
  for (const command of commands) {
    const { status, stdout: result, stderr: why } = await runCli(command.replaceAll(out, again).split(" "));
    expect(status, why).toBe(0);
    results.push(result.replaceAll(again, out));
  }
  const withoutTime = (text: string) => text.replace(/in \d+:\d\d;/, "");
  expect(withoutTime(results.join(""))).toBe(withoutTime(stdout.join("")));
  expect(readText(again, "run", "metrics.json")).toBe(readText(out, "run", "metrics.json"));
});

test("a folder that exists is refused before anything is made", async () => {
  const out = join(root, "taken");
  mkdirSync(out);
  const { status, stdout, stderr } = await runCli(["quickstart", out]);
  expect([status, stdout, ...ownLines(stderr)]).toEqual([
    2,
    "",
    `cellgrad: quickstart: expected a new folder, got ${out}, which exists. Remove it or name another.`,
    "see cellgrad quickstart --help",
  ]);
  expect(existsSync(join(out, "data"))).toBe(false);
});
