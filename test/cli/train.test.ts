/** `train` from the outside: what it prints, what stands in a run's folder, and what decides the weights. */
import { createHash } from "node:crypto";
import { cpSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { weightsOf } from "../../src/nn/checkpoint.ts";
import { glorotUniform, ones, zeros } from "../../src/nn/initializers.ts";
import { weightsDigest } from "../../src/nn/safetensors.ts";
import { type CliResult, ownLines, runCli } from "../support/cli.ts";
import {
  csvRows,
  makeCells,
  readJson,
  readText,
  readWeights,
  small,
  temporaryFolder,
  train,
  type TrainResult,
} from "../support/run.ts";

const root = temporaryFolder();
/** 20 images: 14 train, in batches of 8 and 6, 3 validate and 3 test. */
const cells = join(root, "cells");
beforeAll(() => makeCells(cells, 20));

const outputs = ["round", "spindle", "granular"];

interface Row {
  epoch: number;
  step: number;
  loss: number;
  mse: number;
  mae: number;
  r2: number;
  val: { loss: number; keras: { rmse: number } };
  learningRate: number;
}

describe("a run", () => {
  const run = join(root, "run");
  let cli: CliResult;
  let result: TrainResult;
  let history: Row[];
  beforeAll(async () => {
    const options = ["--epochs", "4", "--dropout", "0.25", "--lr", "0.01", "--seed", "3", "--json"];
    cli = await runCli(["train", cells, ...small("--out", run, ...options)]);
    expect(cli.status, cli.stderr).toBe(0);
    result = JSON.parse(cli.stdout) as TrainResult;
    history = readText(run, "history.jsonl")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Row);
  });

  test("stdout is one JSON document with the fields that programs rely on", () => {
    expect(Object.keys(result)).toEqual(["run", "epochs", "steps", "adapter", "seconds", "best", "weightsSha256"]);
    expect(result).toMatchObject({ run, epochs: 4, steps: 8, adapter: expect.any(String) as string });
    expect(result.seconds).toBeGreaterThan(0);
    expect(result.weightsSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test("stderr, which is no terminal here, names data and adapter, has a line an epoch and no control characters", () => {
    const number = String.raw`-?\d+\.\d+`;
    const epoch = (n: number) =>
      new RegExp(
        `^epoch ${n}/4  loss ${number}  validation ${number} \\(R2 ${number}\\)(  best)?  \\d+:\\d\\d  ${number} images/s$`,
      );
    expect(ownLines(cli.stderr)).toEqual([
      "data: 20 images of 16 x 16; outputs: round, spindle, granular",
      "note: pool-drops-edge: pools drop the last row and column: pool2 (5 to 2); --size 18 drops none",
      expect.stringMatching(/^note: composition: labels are parts of 1/),
      expect.stringMatching(/^adapter: .+ \((hardware|software), \w+\)/),
      ...[1, 2, 3, 4].map((n) => expect.stringMatching(epoch(n)) as string),
    ]);
    expect(cli.stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
  });

  test("leaves these files and no temporary ones", () => {
    expect(readdirSync(run).sort()).toEqual([
      "best.safetensors",
      "config.json",
      "history.csv",
      "history.jsonl",
      "last.safetensors",
      "metrics.json",
      "predictions.csv",
      "split.json",
    ]);
  });

  test("config.json has all that decides the result", () => {
    expect(readJson(run, "config.json")).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
      preset: {
        name: "tiny",
        network: "tiny",
        size: 16,
        batch: 8,
        epochs: 4,
        dropout: 0.25,
        augment: { name: "none", multiply: [1, 1], interpolations: 1 },
        optimizer: { name: "rmsprop", learningRate: 0.01 },
        loss: "mse",
        schedule: { name: "constant" },
        earlyStopping: null,
        metrics: "global",
        accepts: {},
      },
      data: cells,
      outputs,
      images: 20,
      seed: 3,
      initFrom: null,
      shuffle: true,
      fuse: true,
      evaluateTraining: true,
      adapter: { name: result.adapter },
    });
  });

  test("split.json names each image once", () => {
    const { train, validation, test } = readJson(run, "split.json") as Record<string, string[]>;
    expect([train.length, validation.length, test.length]).toEqual([14, 3, 3]);
    expect([...train, ...validation, ...test].sort()).toEqual(
      readdirSync(cells).filter((file) => file.endsWith(".png")),
    );
  });

  test("history.jsonl has a row an epoch; the best epoch is that of the least validation loss", () => {
    expect(history.map(({ epoch, step }) => [epoch, step])).toEqual([
      [1, 2],
      [2, 4],
      [3, 6],
      [4, 8],
    ]);
    expect(history[3].loss).toBeLessThan(history[0].loss);
    expect(history.every(({ learningRate }) => learningRate === 0.01)).toBe(true);
    const losses = history.map(({ val }) => val.loss);
    const valLoss = Math.min(...losses);
    expect(result.best).toEqual({ epoch: losses.indexOf(valLoss) + 1, valLoss });
  });

  test("history.csv has the same numbers", () => {
    const [header, ...rows] = csvRows(readText(run, "history.csv"));
    const column = (name: string) => rows.map((row) => Number(row[header.indexOf(name)]));
    expect(column("epoch")).toEqual([1, 2, 3, 4]);
    expect(column("loss")).toEqual(history.map(({ loss }) => loss));
    expect(column("r2")).toEqual(history.map(({ r2 }) => r2));
    expect(column("val.loss")).toEqual(history.map(({ val }) => val.loss));
    expect(column("val.keras.rmse")).toEqual(history.map(({ val }) => val.keras.rmse));
  });

  test("last.safetensors has weights, statistics, optimizer state and counters; the weights have the hash", () => {
    const { tensors, metadata } = readWeights(run, "last.safetensors");
    const weights = [...tensors.keys()].filter((name) => !name.startsWith("optimizer.")).sort();
    expect(weights).toEqual(weightNames);
    const trainable = weights.filter((name) => !name.includes("moving"));
    expect([...tensors.keys()].filter((name) => name.startsWith("optimizer.")).sort()).toEqual(
      trainable.map((name) => `optimizer.${name}.meanSquare`),
    );
    expect(metadata).toMatchObject({ epoch: "4", step: "8", stepOfEpoch: "0" });
    const hash = createHash("sha256");
    for (const name of weights) hash.update(tensors.get(name)!.data);
    expect(hash.digest("hex")).toBe(result.weightsSha256);
  });

  test("best.safetensors is that of the best epoch", () => {
    expect(readWeights(run, "best.safetensors").metadata).toMatchObject({ epoch: String(result.best!.epoch) });
  });

  test("predictions.csv has a row an image, and metrics.json is of these predictions", () => {
    const [header, ...rows] = csvRows(readText(run, "predictions.csv"));
    expect(header).toEqual(["image", "split", ...outputs, ...outputs.map((name) => `${name}.predicted`)]);
    const split = readJson(run, "split.json") as Record<string, string[]>;
    const labels = new Map(csvRows(readText(cells, "labels.csv")).map(([image, ...values]) => [image, values]));
    const metrics = readJson(run, "metrics.json") as Record<string, { n: number; mse: number; mae: number }>;
    expect(Object.keys(metrics)).toEqual(["train", "validation", "test"]);
    for (const [part, { n, mse, mae }] of Object.entries(metrics)) {
      const own = rows.filter((row) => row[1] === part);
      expect(own.map(([image]) => image)).toEqual(split[part]);
      expect(own.map((row) => row.slice(2, 5).map(Number))).toEqual(
        split[part].map((image) => labels.get(image)!.map((value) => Math.fround(Number(value)))),
      );
      const errors = own.flatMap((row) => [2, 3, 4].map((k) => Number(row[k]) - Number(row[k + 3])));
      const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(n).toBe(own.length);
      expect(mse).toBeCloseTo(mean(errors.map((error) => error ** 2)), 6);
      expect(mae).toBeCloseTo(mean(errors.map(Math.abs)), 6);
    }
    expect(metrics["validation"].mse).toBeCloseTo(result.best!.valLoss, 6);
  });
});

const weightNames = [
  ...["bn1", "bn2", "bn3"].flatMap((layer) =>
    ["beta", "gamma", "movingMean", "movingVariance"].map((name) => `${layer}.${name}`),
  ),
  ...["conv1", "conv2", "dense1", "output"].flatMap((layer) => [`${layer}.bias`, `${layer}.weight`]),
];

/** What makes a run a function of the files alone. */
const plain = ["--no-shuffle", "--split", "1,0,0", "--dropout", "0", "--augment", "none"];

describe("what decides the weights", () => {
  const initial = join(root, "initial");
  let fromSeed: TrainResult;
  beforeAll(async () => {
    await train(cells, ...small("--max-steps", "0", "--seed", "5", "--out", initial));
    fromSeed = await train(cells, ...small(...plain, "--epochs", "1", "--seed", "5", "--out", join(root, "from-seed")));
  });

  test("--max-steps 0 writes the initial weights of the seed, best and last alike", () => {
    const { tensors, metadata } = readWeights(initial, "last.safetensors");
    expect(metadata).toMatchObject({ epoch: "0", step: "0", stepOfEpoch: "0", best: "null" });
    const shapes = weightNames.map((name) => [name, tensors.get(name)!.shape]);
    expect(Object.fromEntries(shapes)).toMatchObject({
      "conv1.weight": [8, 1, 3, 3],
      "conv2.weight": [16, 8, 3, 3],
      "dense1.weight": [64, 32],
      "output.weight": [32, 3],
      "output.bias": [3],
      "bn3.movingMean": [32],
    });
    for (const name of weightNames) {
      const { shape, data } = tensors.get(name)!;
      const initializer = /weight$/.test(name) ? glorotUniform : /(gamma|Variance)$/.test(name) ? ones : zeros;
      expect(data, name).toEqual(initializer(5, name, shape));
    }
    expect(readWeights(initial, "best.safetensors").tensors).toEqual(tensors);
  });

  test("--init-from and no chance: twice the same, whatever the seed", async () => {
    const from = ["--init-from", join(initial, "last.safetensors")];
    const out = join(root, "from-file");
    const { weightsSha256, best } = await train(
      cells,
      ...small(...plain, ...from, "--epochs", "1", "--seed", "6", "--out", out),
    );
    expect(weightsSha256).toBe(fromSeed.weightsSha256);
    expect(best).toBeNull();
    expect(readdirSync(out)).toContain("best.safetensors");
    expect(Object.keys(readJson(out, "metrics.json") as object)).toEqual(["train"]);
    const began = weightsOf(readWeights(initial, "last.safetensors").tensors);
    expect(readJson(out, "config.json")).toMatchObject({
      initFrom: { file: from[1], weightsSha256: await weightsDigest(began) },
    });
  });

  test.each([
    ["rmsprop", [], { learningRate: 0.001, rho: 0.9, epsilonPlacement: "inside" }, ["meanSquare"]],
    ["adam", [], { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 }, ["mean", "meanSquare"]],
    ["sgd", [], { learningRate: 0.01, momentum: 0, nesterov: false }, []],
    ["sgd", ["--lr", "0.1"], { learningRate: 0.1, momentum: 0, nesterov: false }, []],
  ])("--optimizer %s %j has Keras's defaults, and its state is saved", async (name, given, options, slots) => {
    const out = join(root, ["optimizer", name, ...given].join("-"));
    const { weightsSha256 } = await train(
      cells,
      ...small(...plain, "--optimizer", name, ...given, "--epochs", "1", "--seed", "5", "--out", out),
    );
    expect(weightsSha256 === fromSeed.weightsSha256).toBe(name === "rmsprop");
    expect(readJson(out, "config.json")).toMatchObject({ preset: { optimizer: { name, ...options } } });
    const { tensors } = readWeights(out, "last.safetensors");
    const own = [...tensors.keys()].filter((tensor) => tensor.startsWith("optimizer.output.bias."));
    expect(own.sort()).toEqual(slots.map((slot) => `optimizer.output.bias.${slot}`));
  });

  test.each(["mse", "mae", "huber"])("--loss %s is what is minimised, and the loss of the history", async (loss) => {
    const out = join(root, `loss-${loss}`);
    const options = [...plain, "--loss", loss, "--epochs", "1", "--seed", "5", "--out", out];
    const { weightsSha256 } = await train(cells, ...small(...options));
    expect(weightsSha256 === fromSeed.weightsSha256).toBe(loss === "mse");
    expect(readJson(out, "config.json")).toMatchObject({ preset: { loss } });
    const row = JSON.parse(readText(out, "history.jsonl")) as Row;
    if (loss === "huber") expect([row.mse, row.mae]).not.toContain(row.loss);
    else expect(row.loss).toBe(row[loss === "mse" ? "mse" : "mae"]);
    expect(row.loss).toBeLessThanOrEqual(Math.max(row.mse, row.mae));
  });

  test("another seed, other weights", async () => {
    const out = join(root, "other-seed");
    const { weightsSha256 } = await train(cells, ...small(...plain, "--epochs", "1", "--seed", "6", "--out", out));
    expect(weightsSha256).not.toBe(fromSeed.weightsSha256);
  });

  test("--no-shuffle takes images in the order of labels.csv: the first step sees its first rows alone", async () => {
    const [header, ...rows] = readText(cells, "labels.csv").trimEnd().split("\n");
    const hashes: string[] = [];
    for (const [name, order] of [
      ["all", rows.toReversed()],
      ["first", rows.toReversed().slice(0, 8)],
    ] as const) {
      const data = join(root, `reversed-${name}`);
      cpSync(cells, data, { recursive: true });
      writeFileSync(join(data, "labels.csv"), [header, ...order, ""].join("\n"));
      const options = [...plain, "--ignore-unlabelled", "--max-steps", "1", "--out", join(root, `run-${name}`)];
      hashes.push((await train(data, ...small(...options))).weightsSha256);
    }
    expect(hashes[0]).toBe(hashes[1]);
  });

  test("--split-file takes the split of another run; without --json stdout has a line for people", async () => {
    const split = join(root, "run", "split.json");
    const out = join(root, "same-split");
    const options = ["--split-file", split, "--max-steps", "0", "--seed", "9", "--out", out];
    const { status, stdout } = await runCli(["train", cells, ...small(...options)]);
    expect(readText(out, "split.json")).toBe(readText(split));
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^0 steps in \\d+:\\d\\d; the run is in ${out}, weights [0-9a-f]{64}\n$`));
  });
});
