/** The figures of a whole run: a small network, images with masks, a device. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { augmentOf } from "../../../src/data/augment/check.ts";
import { loadDataset } from "../../../src/data/dataset.node.ts";
import type { Dataset } from "../../../src/data/dataset.ts";
import { dataPresets } from "../../../src/data/generator/presets.ts";
import { makeDataset } from "../../../src/data/make.node.ts";
import { DataError } from "../../../src/errors.ts";
import { Dense } from "../../../src/nn/layers/dense.ts";
import { Flatten } from "../../../src/nn/layers/flatten.ts";
import { tiny } from "../../../src/nn/models/tiny.ts";
import { Sequential } from "../../../src/nn/sequential.ts";
import { runFigures, type SeenRun } from "../../../src/report/seen/figures.node.ts";
import { openTestDevice } from "../../support/device.ts";
import { temporaryFolder } from "../../support/run.ts";
import { expectDrawn, imagesOf, pngIn, textsOf } from "./drawing.ts";

const device = await openTestDevice();
const folder = join(temporaryFolder(), "data");
const size = 24;
const model = tiny({ inputShape: [1, size, size], outputs: 3 });
let dataset: Dataset;

beforeAll(async () => {
  await makeDataset(device, folder, { count: 7, size: 32, seed: 1, parameters: dataPresets.easy, masks: true });
  dataset = await loadDataset(folder, { size });
  model.initialize(device, 1);
});

const run = (own: Partial<SeenRun> = {}): SeenRun => ({
  ...{ model, dataset, batch: 4, seed: 1, augment: augmentOf("rnet") },
  split: { train: Uint32Array.of(0, 1, 2), validation: Uint32Array.of(3), test: Uint32Array.of(4, 5, 6) },
  ...own,
});

const before = ["figure-1-images", "figure-2-augmentation"];

describe("the figures of a run", () => {
  test("all of them, drawn at both widths, with the score against the masks", async () => {
    const figures = await runFigures(device, run());
    expect(figures.map(({ id }) => id)).toEqual([
      ...before,
      "figure-3-network",
      "figure-10-feature-maps-conv2",
      "grad-cam",
    ]);
    figures.forEach(expectDrawn);
    const [images, augmented, , maps, cams] = figures;
    expect(imagesOf(images.svg)).toHaveLength(7);
    const first = pngIn(imagesOf(images.svg)[0]);
    const gray = Array.from({ length: size * size }, (_, i) => first.data[4 * i]);
    expect(gray).toEqual([...dataset.pixels.subarray(0, size * size)]);
    expect(imagesOf(augmented.svg)).toHaveLength(18);
    expect(new Set(imagesOf(augmented.svg)).size).toBe(18); // every draw is another
    expect(imagesOf(maps.svg)).toHaveLength(16 + 2);
    const texts = textsOf(cams.svg);
    const shown = texts.filter((own) => / error, MAE /.test(own)).map((own) => own.split(" ")[0]);
    expect(shown).toHaveLength(2);
    for (const name of shown) expect(dataset.names.slice(4)).toContain(name);
    expect(texts.filter((own) => /its cells/.test(own))).toHaveLength(6);
  });

  test("nothing is left on the device", async () => {
    const live = device.memory.liveBytes;
    await runFigures(device, run());
    expect(device.memory.liveBytes).toBe(live);
  });

  test("one for each convolution, where asked for; none of what is not varied", async () => {
    const figures = await runFigures(device, run({ everyConvolution: true, augment: augmentOf("none") }));
    expect(figures.map(({ id }) => id)).toEqual([
      "figure-1-images",
      "figure-3-network",
      "figure-10-feature-maps-conv1",
      "figure-10-feature-maps-conv2",
      "grad-cam",
    ]);
  });

  test("of another part, without a test part; without masks, no score", async () => {
    await rm(join(folder, "masks"), { recursive: true });
    const split = { train: Uint32Array.of(0, 1, 2), validation: Uint32Array.of(3), test: new Uint32Array() };
    const cams = (await runFigures(device, run({ split }))).at(-1)!;
    expect(textsOf(cams.svg)[0]).toMatch(/^img0003\.png · only error, MAE /);
    expect(textsOf(cams.svg).filter((own) => /its cells/.test(own))).toEqual([]);
  });

  test("a network without a convolution has no maps", async () => {
    const dense = new Sequential({ inputShape: [1, size, size], layers: [new Flatten(), new Dense({ units: 3 })] });
    dense.initialize(device, 1);
    const figures = await runFigures(device, run({ model: dense }));
    expect(figures.map(({ id }) => id)).toEqual([...before, "figure-3-network"]);
  });

  test("no image is refused", async () => {
    const none = new Uint32Array();
    await expect(runFigures(device, run({ split: { train: none, validation: none, test: none } }))).rejects.toThrow(
      new DataError(`figures: expected at least one image in ${folder}, got none`),
    );
  });
});
