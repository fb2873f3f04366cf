/** How images are read is a part of a run: --channel, --normalize, and the cache that must change nothing. */
import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { toGray } from "../../src/data/normalize.ts";
import { writeTiff } from "../data/tiff-writer.ts";
import { ownLines, runCli } from "../support/cli.ts";
import { csvRows, readJson, readText, small, temporaryFolder, train, type TrainResult } from "../support/run.ts";

const root = temporaryFolder();
const side = 16;
const size = { height: side, width: side };
const normalize = "percentile:1,99";

/** A dim 16-bit plane. */
const planeOf = (image: number) =>
  Uint16Array.from({ length: side * side }, (_, i) => 300 + ((i * (image + 3) * 7) % 211));
const labelsOf = (count: number) =>
  `image,x,y\n${Array.from({ length: count }, (_, i) => `c${i}.tif,${i / 40},${1 - i / 40}\n`).join("")}`;

/** 20 colour TIFFs whose green is the plane, and 20 gray ones that are what should be read of them. */
const [colour, gray] = [join(root, "colour"), join(root, "gray")];
beforeAll(() => {
  for (const folder of [colour, gray]) {
    mkdirSync(folder);
    writeFileSync(join(folder, "labels.csv"), labelsOf(20));
  }
  for (let image = 0; image < 20; image++) {
    const green = planeOf(image);
    const samples = [...green].flatMap((value, i) => [(i * 97) % 65536, value, 65535 - value]);
    writeFileSync(
      join(colour, `c${image}.tif`),
      writeTiff({ ...size, bits: 16, samplesPerPixel: 3, photometric: 2, samples }),
    );
    const facts = { format: "TIFF", ...size, bits: 16, channels: 3, pages: 1 } as const;
    const { pixels } = toGray({ facts, samples: green }, normalize);
    writeFileSync(join(gray, `c${image}.tif`), writeTiff({ ...size, samples: [...pixels] }));
  }
});

const evaluated = async (...args: string[]) => {
  const { status, stdout, stderr } = await runCli(["evaluate", ...args, "--json"]);
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as unknown;
};

describe("--channel and --normalize", () => {
  const chosen = join(root, "chosen");
  const plain = join(root, "plain");
  const steps = ["--epochs", "1", "--seed", "2"];
  let stderr: string;
  beforeAll(async () => {
    const cli = await runCli([
      "train",
      colour,
      ...small("--out", chosen, ...steps, "--channel", "2", "--normalize", normalize, "--json"),
    ]);
    expect(cli.status, cli.stderr).toBe(0);
    stderr = cli.stderr;
    const { weightsSha256 } = JSON.parse(cli.stdout) as TrainResult;
    expect((await train(gray, ...small("--out", plain, ...steps))).weightsSha256).toBe(weightsSha256);
  });

  test("are said once and recorded", () => {
    expect(ownLines(stderr).filter((line) => line.includes("channel"))).toEqual([
      "20 of 20 images have several channels or pages; channel 2 is read",
    ]);
    expect(readJson(chosen, "config.json")).toMatchObject({ channel: 2, normalize });
    expect(readJson(plain, "config.json")).toMatchObject({ channel: null, normalize: "none" });
  });

  test("evaluate and predict read as training did", async () => {
    const { test: scores } = readJson(plain, "metrics.json") as { test: object };
    expect(await evaluated(chosen)).toEqual({ split: "test", ...scores });
    const image = join(colour, "c4.tif");
    const { stdout } = await runCli(["predict", chosen, image]);
    const [, row] = csvRows(stdout);
    const kept = csvRows(readText(plain, "predictions.csv")).find(([name]) => name === "c4.tif") ?? [];
    expect(row).toEqual([image, ...kept.slice(-2).map((value) => Number(value).toFixed(4))]);
  });

  test("a run from before there was a choice is read as it was", async () => {
    const old = join(root, "old");
    cpSync(plain, old, { recursive: true });
    const {
      channel: _channel,
      normalize: _normalize,
      ...config
    } = readJson(old, "config.json") as Record<string, unknown>;
    writeFileSync(join(old, "config.json"), JSON.stringify(config));
    expect(await evaluated(old)).toEqual(await evaluated(plain));
    const { status, stderr } = await runCli(["train", gray, "--out", old, "--resume", "--epochs", "2"]);
    expect(status, stderr).toBe(0);
    expect(readJson(old, "config.json")).toMatchObject({ channel: null, normalize: "none" });
  });

  test.each([
    [["--channel", "1"], "--channel: expected the run's own 2 with --resume, got 1"],
    [["--normalize", "none"], `--normalize: expected the run's own ${normalize} with --resume, got none`],
  ])("%j: a resumed run keeps its own", async (args, line) => {
    const { status, stderr } = await runCli(["train", colour, "--out", chosen, "--resume", ...args]);
    expect([status, ownLines(stderr)[0]]).toEqual([2, `cellgrad: ${line}`]);
  });

  test.each([
    [2, ["--channel", "0"], '--channel: expected an integer of at least 1, got "0"'],
    [
      2,
      ["--normalize", "median"],
      '--normalize: expected none or percentile:LOW,HIGH, such as "percentile:0.5,99.5", got "median"',
    ],
    [
      2,
      ["--normalize", "percentile:99,1"],
      '--normalize: expected none or percentile:LOW,HIGH, such as "percentile:0.5,99.5", got "percentile:99,1"',
    ],
    [
      1,
      ["--channel", "4"],
      `${join(colour, "c0.tif")}: expected an image with a channel 4, got one with 3 channels; choose another channel (--channel) or leave the choice away`,
    ],
  ])("status %d for %j", async (status, args, line) => {
    const cli = await runCli(["train", colour, ...small("--out", join(root, "refused"), ...args)]);
    expect([cli.status, ownLines(cli.stderr)[0]]).toEqual([status, `cellgrad: ${line}`]);
  });
});

describe("many images", () => {
  const many = join(root, "many");
  const image = (value: number) => writeTiff({ ...size, samples: Array<number>(side * side).fill(value) });
  beforeAll(() => {
    mkdirSync(many);
    writeFileSync(join(many, "labels.csv"), labelsOf(80));
    for (let i = 0; i < 80; i++) writeFileSync(join(many, `c${i}.tif`), image(i));
  });
  const card = (cache: string, ...args: string[]) =>
    runCli(["data", "card", many, "--size", "16", ...args], { XDG_CACHE_HOME: join(root, cache) });

  test("are kept in the user's cache folder, and with --no-cache are not", async () => {
    const without = await card("none", "--no-cache");
    expect(existsSync(join(root, "none"))).toBe(false);
    const [first, second] = [await card("some"), await card("some")];
    expect(readdirSync(join(root, "some", "cellgrad", "images"))).toHaveLength(1);
    expect([first, second]).toEqual([without, without]);
    expect(without.status).toBe(0);
  });

  test("a damaged one among them is the same line with and without threads", async () => {
    const damaged = join(root, "damaged");
    cpSync(many, damaged, { recursive: true });
    writeFileSync(join(damaged, "c70.tif"), image(70).subarray(0, 150));
    const { status, stderr } = await runCli(["train", damaged, ...small("--out", join(root, "never")), "--no-cache"]);
    expect([status, ownLines(stderr)]).toEqual([
      1,
      [
        expect.stringMatching(
          /^cellgrad: .*c70\.tif: expected a PNG, JPEG or TIFF image, got a truncated or damaged TIFF/,
        ),
      ],
    ]);
  });

  test.runIf(process.platform !== "win32")("Ctrl-C ends the process while its threads read", async () => {
    const waiting = join(root, "waiting");
    cpSync(many, waiting, { recursive: true });
    const pipe = join(waiting, "c79.tif");
    rmSync(pipe);
    execFileSync("mkfifo", [pipe]); // reading it waits for a writer
    const bin = fileURLToPath(new URL("../../bin/cellgrad.js", import.meta.url));
    const child = spawn(process.execPath, [bin, "data", "card", waiting, "--no-cache"], { stdio: "ignore" });
    const ended = new Promise((resolve) => child.on("close", (_, signal) => resolve(signal)));
    const writer = await open(pipe, "w"); // waits for the reader: the threads are at work
    child.kill("SIGINT");
    expect(await ended).toBe("SIGINT");
    await writer.close();
  });
});
