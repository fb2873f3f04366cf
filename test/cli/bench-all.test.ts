import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { kernelOps } from "../../src/cli/bench-kernels.ts";
import { readParts } from "../../src/cli/bench-all.ts";
import { headlineOf } from "../../src/cli/protocol-headline.ts";
import { type Command, partNames, protocol, type ProtocolOptions } from "../../src/cli/protocol-plan.ts";
import { merged, type Results, writeResults } from "../../src/cli/protocol-results.ts";
import { type Outcome, runCommands, type Running } from "../../src/cli/protocol-run.ts";
import { UsageError } from "../../src/errors.ts";
import { ownLines, runCli } from "../support/cli.ts";
import { readJson, readText, temporaryFolder } from "../support/run.ts";

const folder = temporaryFolder();

/** Stands for cellgrad: does what its first argument says. */
const script = join(folder, "fake.mjs");
writeFileSync(
  script,
  `import { writeFileSync } from "node:fs";
  const [, , what, file] = process.argv;
  if (what === "print") console.log(JSON.stringify({ cache: process.env.MESA_SHADER_CACHE_DISABLE ?? null }));
  if (what === "talk") console.log("no document");
  if (what === "wrong") { console.log('{"wrong":1}'); console.error("said before"); console.error("cellgrad: one is wrong"); process.exitCode = 1; }
  if (what === "crash") process.kill(process.pid, "SIGKILL");
  if (what === "hang") { process.on("SIGINT", () => console.error("not yet")); setInterval(() => {}, 1000); console.error("hangs"); }
  if (what === "keep") { writeFileSync(file, "kept"); console.log("{}"); }
  `,
);

async function run(commands: readonly Omit<Command, "part">[], changes: Partial<Running> = {}): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const log = join(folder, "log.txt");
  await runCommands(
    commands.map((command) => ({ ...command, part: "step" })),
    {
      ...{ script, env: process.env, log, deadline: performance.now() + 60_000 },
      ...{ signal: new AbortController().signal, graceMs: 200 },
      onOutcome: (outcome) => Promise.resolve(void outcomes.push(outcome)),
      ...changes,
    },
  );
  vi.restoreAllMocks();
  return outcomes;
}

test("what fails, hangs or crashes is noted, and the rest still run", async () => {
  const names = ["print", "wrong", "talk", "crash", "hang", "print"];
  const outcomes = await run(
    names.map((what) => ({ name: what, args: [what], limit: what === "hang" ? 1 : 30, cold: what === "print" })),
  );
  expect(
    outcomes.map(({ name, status, exitStatus, reason, result }) => [name, status, exitStatus, reason, result]),
  ).toEqual([
    ["print", "done", 0, null, { cache: "true" }],
    ["wrong", "failed", 1, "cellgrad: one is wrong", { wrong: 1 }],
    ["talk", "failed", 0, "expected a JSON document, got none", null],
    ["crash", "failed", null, "exit null", null],
    ["hang", "overlong", null, "stopped at its limit of 1 s", null],
    ["print", "done", 0, null, { cache: "true" }],
  ]);
  const log = readText(folder, "log.txt");
  expect(log).toMatch(
    /2\/6 {2}wrong: {2}cellgrad wrong\nsaid before\ncellgrad: one is wrong\n2\/6 {2}wrong: failed after/,
  );
  expect(log).toContain("no document");
  expect(log).toContain("hangs\nnot yet\n");
});

test("a file among what is thrown away is kept; one that is not there is a failure", async () => {
  const [from, to] = [join(folder, "scratch.csv"), join(folder, "kept.csv")];
  const commands = [
    { name: "keep", args: ["keep", from], limit: 30, keeps: { from, to } },
    { name: "lose", args: ["print"], limit: 30, keeps: { from: join(folder, "nothing"), to } },
  ];
  expect((await run(commands)).map(({ status }) => status)).toEqual(["done", "failed"]);
  expect(readFileSync(to, "utf8")).toBe("kept");
});

test("what there is no time for, or Ctrl-C came before, is not begun", async () => {
  const print = { name: "print", args: ["print"], limit: 30 };
  const [late] = await run([print], { deadline: performance.now() + 1000 });
  expect(late).toMatchObject({ status: "not begun", exitStatus: null, reason: "no time was left", result: null });
  const [stopped] = await run([print], { signal: AbortSignal.abort() });
  expect(stopped).toMatchObject({ status: "not begun", reason: "interrupted before" });
});

test("Ctrl-C ends the command that runs, and no other begins", async () => {
  const stop = new AbortController();
  const hang = { name: "hang", args: ["hang"], limit: 30 };
  setTimeout(() => stop.abort(), 300);
  const outcomes = await run([hang, { ...hang, name: "next" }], { signal: stop.signal });
  expect(outcomes.map(({ status }) => status)).toEqual(["interrupted", "not begun"]);
});

const asked: ProtocolOptions = {
  ...{ out: "results", scratch: "scratch", preset: "rnet", batch: 32, size: undefined, images: 100, epochs: 3 },
  ...{ repetitions: undefined, adapter: "nvidia", software: false, ops: kernelOps() },
};

test("the protocol: the most worth first, every op in a process of its own, names that are unlike", () => {
  const commands = protocol(asked, partNames);
  const names = commands.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.slice(0, 2)).toEqual(["doctor", "kernels conv2d"]);
  for (const op of kernelOps()) expect(names).toContain(`kernels ${op}`);
  expect(names.slice(names.indexOf("step"))).toEqual([
    ...["step", "roofline", "tune", "step-tuned", "roofline-tuned", "peers tfjs", "peers jax-js"],
    ...["inference tfjs", "inference jax-js", "scaling", "memory"],
    ...["data", "train", "evaluate", "report"],
  ]);
  for (const { args } of commands) expect(args.slice(-3)).toEqual(["--adapter", "nvidia", "--json"]);
  const step = commands.find(({ name }) => name === "step");
  expect(step?.args.slice(0, 6)).toEqual(["bench", "step", "--preset", "rnet", "--batch", "32"]);
});

test("at most eight files are left", () => {
  const left = protocol(asked, partNames)
    .flatMap(({ args, keeps }) => [...args, keeps?.to ?? ""])
    .filter((word) => word.startsWith("results/"));
  expect(new Set([...left, "results/results.json", "results/log.txt"]).size).toBe(left.length + 2);
  expect(left.length + 2).toBeLessThanOrEqual(8);
});

test("parts are taken in the protocol's order; a name that is none is refused", () => {
  const parts = readParts("memory, doctor");
  expect(protocol(asked, parts).map(({ name }) => name)).toEqual(["doctor", "memory"]);
  expect(() => readParts("doctor,kernel")).toThrow(UsageError);
  expect(() => readParts("doctor,kernel")).toThrow(
    '--only: expected doctor, kernels, step, tune, peers, scaling, memory, training, separated by commas, got "kernel"',
  );
});

test("headlines: what was measured, in a line", () => {
  const estimate = { median: 0.5, low: 0.4, high: 0.6 };
  const step = {
    kind: "step",
    batch: 32,
    size: 128,
    msPerStep: estimate,
    firstStepMs: 812,
    gflops: 9000,
    shareOfPeak: 0.5,
  };
  expect(headlineOf(step)).toBe(
    "0.500 ms [0.400, 0.600] a step of 32 at 128 x 128, 9000 GFLOP/s, 50.0% of peak; the first 812 ms",
  );
  expect(headlineOf({ kind: "kernels", rows: [], wrong: [{ name: "conv2d" }] })).toBe("0 right; 1 wrong");
  const variants = [
    { name: "tile", wrong: null },
    { name: "direct", wrong: "off" },
  ];
  expect(
    headlineOf({
      kind: "tune",
      sites: [
        { fastest: "direct", variants },
        { fastest: "tile", variants },
      ],
    }),
  ).toBe("2 sites, 1 with another variant than before; 2 variants wrong");
  expect(headlineOf({ kind: "other" })).toBe("");
});

test("what is measured again replaces what was, and what is not begun does not", () => {
  const outcome = (name: string, status: Outcome["status"], seconds: number): Outcome => ({
    ...{ part: "step", name, command: name, status, seconds },
    ...{ exitStatus: null, limit: 60, reason: null, result: null },
  });
  const before = [outcome("step", "done", 1), outcome("tune", "done", 1), outcome("memory", "failed", 1)];
  const now = [outcome("tune", "not begun", 0), outcome("memory", "done", 2), outcome("peers", "not begun", 0)];
  expect(merged(before, now).map(({ name, status, seconds }) => [name, status, seconds])).toEqual([
    ["step", "done", 1],
    ["tune", "done", 1],
    ["memory", "done", 2],
    ["peers", "not begun", 0],
  ]);
});

test("a call adds to what an earlier one left, and --json prints all of it", async () => {
  const out = join(folder, "results");
  const earlier = { part: "memory", name: "memory", command: "cellgrad bench memory", status: "done" } as const;
  await writeResults(out, [
    { ...earlier, exitStatus: 0, seconds: 1, limit: 60, reason: null, result: { kind: "memory" } },
  ]);
  const first = await runCli(["bench", "all", "--out", out, "--only", "doctor", "--software"]);
  expect(first.status, first.stderr).toBe(0);
  expect(first.stdout).toMatch(
    /^command +status +s +measured\ndoctor +done +[\d.]+ +.*: [\d.]+ GFLOP\/s, [\d.]+ GB\/s at best\n$/,
  );
  const second = await runCli(["bench", "all", "--out", out, "--only", "doctor", "--software", "--json"]);
  expect(second.status, second.stderr).toBe(0);
  const results = JSON.parse(second.stdout) as Results;
  expect(results).toEqual(readJson(out, "results.json"));
  expect(results.outcomes.map(({ name, status }) => [name, status])).toEqual([
    ["memory", "done"],
    ["doctor", "done"],
  ]);
  expect(results.outcomes.map(({ result }) => result)).toEqual([
    { kind: "memory" },
    expect.objectContaining({ adapter: expect.objectContaining({ type: "software" }) as unknown }),
  ]);
  expect(readdirSync(out).sort()).toEqual(["log.txt", "results.json"]);
});

test.each([
  [["--only", "gpu"], 2, "--only: expected doctor, kernels, "],
  [["--minutes", "0"], 2, '--minutes: expected a number of at least 0.1, got "0"'],
  [
    ["--adapter", "no such", "--only", "doctor"],
    1,
    "bench all: expected every command to be done, got 1 that are not: doctor (failed)",
  ],
])("%j: exit status and message", async (args, expected, message) => {
  const { status, stderr } = await runCli(["bench", "all", "--out", join(folder, "refused"), ...args]);
  expect(status, stderr).toBe(expected);
  expect(
    ownLines(stderr).some((line) => line.startsWith(`cellgrad: ${message}`)),
    stderr,
  ).toBe(true);
});

test("a folder with other results is left as it is", async () => {
  const out = join(folder, "others");
  mkdirSync(out);
  writeFileSync(join(out, "results.json"), "[]");
  const { status, stderr } = await runCli(["bench", "all", "--out", out, "--only", "doctor"]);
  expect([status, ownLines(stderr)[0]]).toEqual([
    2,
    `cellgrad: --out: expected a folder of bench all, got another results.json in ${out}. Name a new one.`,
  ]);
  expect(readText(out, "results.json")).toBe("[]");
  expect(existsSync(join(out, "log.txt"))).toBe(false);
});
