/** A run's folder as a class: what its files hold comes back, and what cannot be read or written is named. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { RunFolder } from "../../src/cli/run-folder.ts";
import { DataError, UsageError } from "../../src/errors.ts";
import { type CallbackState, initialCallbacks } from "../../src/nn/callbacks/callbacks.ts";
import type { Checkpoint } from "../../src/nn/checkpoint.ts";
import { writeSafetensors } from "../../src/nn/safetensors.ts";
import { readText, temporaryFolder } from "../support/run.ts";
import { historyRow as row, runConfig as config } from "../support/run-files.ts";

const root = temporaryFolder();
let path: string;
let folder: RunFolder;
let made = 0;
beforeEach(() => {
  path = join(root, `run${made++}`);
  folder = RunFolder.create(path);
});

const callbacks: CallbackState = {
  learningRate: 0.1 + 0.2, // every bit of it comes back
  plateau: { best: 0.25, wait: 3, cooldown: 2 },
  earlyStopping: { best: { epoch: 1, loss: 1 / 3 }, wait: 1, isStopped: true },
};
const checkpoint: Checkpoint = {
  progress: { epoch: 2, step: 5, stepOfEpoch: 1, best: { epoch: 1, valLoss: 0.25 }, callbacks },
  tensors: new Map([
    ["w", { shape: [2], data: Float32Array.of(1, -2) }],
    ["optimizer.w.meanSquare", { shape: [2], data: Float32Array.of(0.5, 0) }],
  ]),
};

describe("what is written comes back", () => {
  test("the configuration", async () => {
    await folder.writeConfig(config);
    expect(await RunFolder.open(path).readConfig()).toEqual(config);
  });

  test("the split, by the images' names", async () => {
    const split = { train: Uint32Array.of(2, 0), validation: Uint32Array.of(1), test: new Uint32Array() };
    await folder.writeSplit(["x", "y", "z"], split);
    expect(JSON.parse(readText(path, "split.json"))).toEqual({ train: ["z", "x"], validation: ["y"], test: [] });
    expect(await folder.readSplit(["z", "y", "x"])).toEqual({ ...split, train: Uint32Array.of(0, 2) });
  });

  test.each([
    checkpoint,
    { ...checkpoint, progress: { epoch: 0, step: 0, stepOfEpoch: 0, best: null, callbacks: initialCallbacks } },
  ])("a checkpoint with its counters %#", async (written) => {
    await folder.writeCheckpoint("best", written);
    expect(await folder.readCheckpoint("best")).toEqual({ ...written, source: join(path, "best.safetensors") });
  });

  test("a checkpoint from before there were callbacks: none has acted", async () => {
    mkdirSync(path);
    const metadata = { epoch: "1", step: "2", stepOfEpoch: "0", best: "null" };
    writeFileSync(join(path, "last.safetensors"), writeSafetensors(new Map(), metadata));
    expect((await folder.readCheckpoint("last")).progress.callbacks).toEqual(initialCallbacks);
  });

  test("the history, as JSON lines and CSV; none is an empty one", async () => {
    expect(await folder.readHistory()).toEqual([]);
    await folder.writeHistory([row, { ...row, epoch: 2, step: 4 }]);
    expect(await folder.readHistory()).toEqual([row, { ...row, epoch: 2, step: 4 }]);
    expect(readText(path, "history.csv").split("\n")).toHaveLength(4);
  });
});

test("files appear whole: nothing else is left in the folder, which appears with the first", async () => {
  expect(readdirSync(root)).not.toContain(path.slice(root.length + 1));
  await folder.writePredictions("image\n");
  await folder.writeMetrics({ test: 1 });
  expect(readdirSync(path).sort()).toEqual(["metrics.json", "predictions.csv"]);
});

test("removeScores takes what a finished run has, and minds no absence", async () => {
  await folder.writeConfig(config);
  await folder.writePredictions("image\n");
  await folder.writeMetrics({});
  await folder.writeDoubtThreshold({ threshold: 0.1, images: 3, samples: 30, seed: 0 });
  expect((await folder.readDoubtThreshold())?.threshold).toBe(0.1);
  await folder.removeScores();
  expect(await folder.readDoubtThreshold()).toBeNull();
  await folder.removeScores();
  expect(readdirSync(path)).toEqual(["config.json"]);
});

describe("what a run leaves that was killed before its first checkpoint", () => {
  test("is removed, and nothing is where nothing was", async () => {
    await RunFolder.clear(path);
    mkdirSync(path);
    for (const name of ["config.json", "split.json", "best.safetensors", ".split.json.7.tmp"]) {
      writeFileSync(join(path, name), "");
    }
    await RunFolder.clear(path);
    expect(existsSync(path)).toBe(false);
  });

  test("stays where anything else is there", async () => {
    mkdirSync(path);
    for (const name of ["config.json", "notes.txt"]) writeFileSync(join(path, name), "");
    await expect(RunFolder.clear(path)).rejects.toThrow(
      new DataError(
        `${path}: expected what is left of a run without a checkpoint, got a folder that holds notes.txt too. ` +
          "Remove it if it is not needed.",
      ),
    );
    expect(readdirSync(path)).toEqual(["config.json", "notes.txt"]);
  });
});

describe("refused", () => {
  test("a new run where something is", () => {
    writeFileSync(path, "");
    expect(() => RunFolder.create(path)).toThrow(
      new UsageError(`--out: expected a new folder, got ${path}, which exists. Remove it or name another.`),
    );
  });

  test("no run, with the caller's cure", () => {
    const contract = `${path}: expected a run's folder, got`;
    expect(() => RunFolder.open(path)).toThrow(
      new DataError(`${contract} nothing of that name. Make one with cellgrad train.`),
    );
    mkdirSync(path);
    expect(() => RunFolder.open(path, "Mend it.")).toThrow(
      new DataError(`${contract} one without config.json. Mend it.`),
    );
  });

  test("a folder that cannot be made", async () => {
    writeFileSync(path, "");
    const inside = RunFolder.create(join(path, "run"));
    await expect(inside.writeMetrics({})).rejects.toThrow(
      new RegExp(`^${path}/run/metrics\\.json: expected a file that can be written, got ENOTDIR: `),
    );
  });

  test("a file that is not there", async () => {
    await expect(folder.readCheckpoint("last")).rejects.toThrow(
      new DataError(
        `${path}/last.safetensors: expected a file of a run that was not stopped in its first epoch, ` +
          "got nothing of that name; check the path",
      ),
    );
  });

  test.each([
    ["other text", "soon", "got other text"],
    ["a part without scores", '{"test":{}}', "got a mistake at $.test.n: "],
  ])("scores that are %s", async (_, text, got) => {
    mkdirSync(path);
    writeFileSync(join(path, "metrics.json"), text);
    const error = await folder.readMetrics().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DataError);
    expect(String(error)).toContain(`${path}/metrics.json: expected a run's scores in JSON, ${got}`);
    expect(String(error)).toContain(". Remove it and score again with cellgrad evaluate");
  });

  test.each([
    ["epoch", {}, "none"],
    ["epoch", { epoch: "1.5" }, "1.5"],
    ["step", { epoch: "1", step: "" }, ""],
    ["best", { epoch: "1", step: "2", stepOfEpoch: "0", best: '{"epoch":1}' }, '{"epoch":1}'],
    ["best", { epoch: "1", step: "2", stepOfEpoch: "0", best: "soon" }, "soon"],
    ["best", { epoch: "1", step: "2", stepOfEpoch: "0" }, "none"],
    ["callbacks", { epoch: "1", step: "2", stepOfEpoch: "0", best: "null", callbacks: "null" }, "null"],
    ["callbacks", { epoch: "1", step: "2", stepOfEpoch: "0", best: "null", callbacks: "{" }, "{"],
  ])("a checkpoint whose counter %s is wrong: %j", async (name, metadata, got) => {
    mkdirSync(path);
    writeFileSync(join(path, "last.safetensors"), writeSafetensors(new Map(), { ...metadata }));
    await expect(folder.readCheckpoint("last")).rejects.toThrow(
      new DataError(
        `${path}/last.safetensors: expected the counter "${name}" of a run's checkpoint, got ${got}. ` +
          "A file of weights only can be started from with --init-from.",
      ),
    );
  });
});
