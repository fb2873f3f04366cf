import { describe, expect, test } from "vitest";
import type { Launch } from "../../src/gpu/launch.ts";
import { ownLines, runCli } from "../support/cli.ts";

interface Printed {
  parameters: number;
  trainable: number;
  macs: number;
  activationBytes: number;
  layers: { name: string; op: string; output: number[]; parameters: number; macs: number }[];
  launches?: Launch[];
}

async function json(...args: string[]): Promise<Printed> {
  const { status, stdout, stderr } = await runCli(["model", ...args, "--json"]);
  expect([status, ownLines(stderr)]).toEqual([0, []]);
  return JSON.parse(stdout) as Printed;
}

describe("counts at 128 x 128, as the thesis and Keras have them", () => {
  test.each([
    ["thesis-code", 1_263_795, 122_970_784, 896],
    ["thesis-table", 2_181_299, 155_461_728, 896],
    ["mnist-net", 8_524_867, 164_145_248, 0],
  ])("%s", async (preset, parameters, macs, statistics) => {
    const model = await json(preset);
    expect(model).toMatchObject({ parameters, trainable: parameters - statistics, macs });
    const sum = (field: "parameters" | "macs") => model.layers.reduce((total, layer) => total + layer[field], 0);
    expect([sum("parameters"), sum("macs")]).toEqual([parameters, macs]);
    expect(model).not.toHaveProperty("launches");
  });
});

test("layers carry Keras's class names and the shape of one sample", async () => {
  const { layers } = await json("tiny", "--size", "18", "--outputs", "2");
  expect(layers.map(({ name, op, output }) => [name, op, output])).toEqual([
    ["conv1", "Conv2D", [8, 16, 16]],
    ["bn1", "BatchNormalization", [8, 16, 16]],
    ["pool1", "MaxPooling2D", [8, 8, 8]],
    ["conv2", "Conv2D", [16, 6, 6]],
    ["bn2", "BatchNormalization", [16, 6, 6]],
    ["pool2", "MaxPooling2D", [16, 3, 3]],
    ["flatten1", "Flatten", [144]],
    ["dense1", "Dense", [32]],
    ["bn3", "BatchNormalization", [32]],
    ["dropout1", "Dropout", [32]],
    ["output", "Dense", [2]],
  ]);
  expect(layers[3]).toMatchObject({ parameters: 16 * 8 * 9 + 16, macs: 6 * 6 * 16 * 8 * 9 });
});

test("options that change the network", async () => {
  const { layers, parameters, macs } = await json("thesis-code", ...["--skip", "--head", "softmax"]);
  // 1 x 1 convolutions with bias, of 1 to 16, 16 to 32 and 32 to 64 channels.
  expect(parameters).toBe(1_263_795 + (16 + 16) + (16 * 32 + 32) + (32 * 64 + 64));
  expect(macs).toBe(122_970_784 + 124 ** 2 * 16 + 58 ** 2 * 16 * 32 + 25 ** 2 * 32 * 64);
  expect(layers[4]).toMatchObject({ name: "shortcut1", op: "Add", output: [16, 124, 124], parameters: 32 });
  const leaky = await json("tiny", "--activation", "leaky-relu");
  expect(leaky.layers.map(({ name }) => name).slice(0, 4)).toEqual(["conv1", "leaky1", "bn1", "pool1"]);
});

test("shortcuts where there are no blocks for them are refused", async () => {
  const { status, stdout, stderr } = await runCli(["model", "tiny", "--skip"]);
  expect([status, stdout, ownLines(stderr)[0]]).toEqual([
    2,
    "",
    'cellgrad: --skip: expected the network "rnet", whose blocks have two convolutions, got "tiny"',
  ]);
});

test("what a step keeps: outputs of convolutions, pools and dense layers, pool indices, statistics", async () => {
  // conv1, bn1 (pool1's input is not read again), pool1 with its indices, …; each float or index has four bytes
  const perImage = 8 * 16 * 16 + 2 * 8 * 8 * 8 + 16 * 6 * 6 + 2 * 16 * 3 * 3 + 32 + 32 + 2;
  const statistics = 2 * (8 + 16 + 32);
  const { activationBytes } = await json("tiny", "--size", "18", "--outputs", "2", "--batch", "4");
  expect(activationBytes).toBe(4 * (4 * perImage + statistics));
});

test("--launches adds the Program of a training step", async () => {
  const { launches = [] } = await json("tiny", "--launches", "--batch", "4");
  expect([...new Set(launches.map(({ phase }) => phase))]).toEqual(["data", "forward", "backward", "update"]);
  expect(launches.map(({ op, entryPoint }) => `${op}.${entryPoint}`)).toContain("batch.gather");
  expect(launches.at(-1)).toMatchObject({ op: "rmsprop", entryPoint: "plain", shader: "rmsprop.wgsl" });
});

test("fused, batch normalisation takes the gradient of the convolution's ReLU; --no-fuse leaves it there", async () => {
  const [fused, plain] = await Promise.all([json("tiny", "--launches"), json("tiny", "--launches", "--no-fuse")]);
  const relu = ({ launches = [] }: Printed, op: string) =>
    launches.find((launch) => launch.op === op && launch.phase === "forward")?.tunables["relu"];
  expect([relu(fused, "conv2d"), relu(fused, "batchNorm")]).toEqual([true, true]);
  expect([relu(plain, "conv2d"), relu(plain, "batchNorm")]).toEqual([true, false]);
});

test("--evaluation lists an evaluation instead, and nothing where no list is asked for", async () => {
  const { launches = [] } = await json("tiny", "--launches", "--evaluation", "--batch", "4");
  expect([...new Set(launches.map(({ phase }) => phase))]).toEqual(["data", "forward"]);
  expect(launches[2]).toMatchObject({ layer: "bn1+bn2", op: "batchNormEvaluation" });
  const { status, stdout, stderr } = await runCli(["model", "tiny", "--evaluation"]);
  expect([status, stdout, ownLines(stderr)[0]]).toEqual([
    2,
    "",
    "cellgrad: model: expected --launches beside --evaluation, which says whose to list, got none",
  ]);
});

describe("tables for people", () => {
  test("layers and totals", async () => {
    const { status, stdout } = await runCli(["model", "thesis-code"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^layer +class +output +parameters +MACs$/m);
    expect(stdout).toMatch(/^conv1 +Conv2D +\[16, 126, 126\] +160 +2,286,144$/m);
    expect(stdout).toMatch(/^parameters +1,263,795$/m);
    expect(stdout).toMatch(/^ +not trainable +896$/m);
    expect(stdout).toMatch(/^MACs of an image +122,970,784$/m);
  });

  test("the Program", async () => {
    const { status, stdout } = await runCli(["model", "tiny", "--launches", "--batch", "4"]);
    expect(status).toBe(0);
    const [head, ...rows] = stdout.trimEnd().split("\n");
    expect(head).toMatch(/^n +phase +layer +kernel +workgroups +MFLOP +MB$/);
    expect(rows.length).toBeGreaterThan(20);
    expect(rows).toContainEqual(expect.stringMatching(/^ *\d+ +forward +conv1 +conv2d\.forward +\d+ x \d+ x 1 +/));
  });
});

test("a size too small exits with 1 and one line", async () => {
  const { status, stdout, stderr } = await runCli(["model", "thesis-code", "--size", "16"]);
  expect([status, stdout, ownLines(stderr)]).toEqual([
    1,
    "",
    [
      'cellgrad: conv5: Conv2D: expected a window no larger than the input\'s [1, 1] (padding "valid"), ' +
        "got window [3, 3]. The image may be too small for the network.",
    ],
  ]);
});

test("an unknown preset exits with 2 and names those that there are", async () => {
  const { status, stderr } = await runCli(["model", "vgg"]);
  expect([status, ownLines(stderr)[0]]).toEqual([
    2,
    'cellgrad: --preset: expected one of thesis-code, thesis-table, thesis-text, rnet, mnist-net, tiny, got "vgg"',
  ]);
});
