/** The augmentation of shaders/augment.wgsl against its float64 reference, fed with what the host draws. */
import { describe, expect, test } from "vitest";
import { augmentKey, drawOf } from "../../../src/data/augment/draw.ts";
import { type AugmentOptions, augmentPresets } from "../../../src/data/augment/options.ts";
import { Program } from "../../../src/gpu/program.ts";
import { stepTensor, writeStep } from "../../../src/gpu/step.ts";
import { DeviceDataset } from "../../../src/nn/device-dataset.ts";
import { RandomStream } from "../../../src/rng.ts";
import type { Pair } from "../../../src/shape.ts";
import { augment as reference } from "../../reference/augment.ts";
import { expectClose } from "../../support/close.ts";
import { openTestDevice } from "../../support/device.ts";

const device = await openTestDevice();
const none = augmentPresets.get("none")!;
const outputs = ["a", "b"];
const seed = 11;
const key = augmentKey(seed);
/** Of the images in [0, 1], as the project promises. */
const tolerance = { atol: 1e-5 };

/** Noise: neighbours differ by up to 1, the worst for an error of a coordinate. */
function noise(size: Pair, count: number) {
  const random = new RandomStream(5, "test/augment");
  const pixels = Uint8Array.from({ length: count * size[0] * size[1] }, () => random.integer(256));
  const labels = Float32Array.from({ length: count * outputs.length }, () => random.uniform());
  return { size, pixels, labels, outputs };
}

/** All but one image of a data set, in another order, at two steps; returns how many images were compared. */
async function compare(options: AugmentOptions, size: Pair, count = 9): Promise<number> {
  const source = noise(size, count);
  const batch = count - 1;
  const data = DeviceDataset.upload(device, source, batch);
  const order = Uint32Array.from({ length: batch }, (_, n) => (n * 2 + 1) % count);
  data.setOrder(device, order);
  const datasetMean = data.meanOf(order);
  const program = new Program("augment", device.tuning);
  const step = stepTensor();
  const { images, targets } = data.recordBatch(program, batch, step, { options, key, datasetMean });
  program.keep(images);
  program.keep(targets);
  const ready = await program.finish(device);
  const pixels = size[0] * size[1];
  for (const index of [0, 70_001]) {
    writeStep(device, step, { index, batchStart: 0, learningRate: 0 });
    ready.run();
    const actual = await ready.read(images);
    order.forEach((image, n) => {
      const own = Float64Array.from(source.pixels.subarray(image * pixels, (image + 1) * pixels), (byte) => byte / 255);
      const mean = own.reduce((sum, value) => sum + value) / pixels;
      const fill = { "dataset-mean": datasetMean, "image-mean": mean, "imgaug-0.4-int": 0 }[options.fill];
      const drawn = drawOf(options, size, key, index, image);
      const expected = reference(
        { height: size[0], width: size[1], pixels: own },
        drawn,
        fill,
        options.interpolations,
      ).pixels;
      try {
        expectClose(actual.subarray(n * pixels, (n + 1) * pixels), expected, tolerance);
      } catch (cause) {
        throw new Error(`step ${index}, image ${image}, ${JSON.stringify(drawn)}: ${String(cause)}`, { cause });
      }
    });
    expect(await ready.read(targets)).toEqual(data.labelsOf(order));
  }
  ready.destroy();
  for (const slot of ready.pinnedSlots) device.release(slot);
  return 2 * batch;
}

const everything: AugmentOptions = {
  name: "everything",
  rotation: [-180, 180],
  flipHorizontal: 0.5,
  flipVertical: 0.5,
  scale: [0.5, 2],
  scaleAxes: "separate",
  shift: [-0.3, 0.3],
  contrast: [0.5, 1.5],
  multiply: [0.5, 1.5],
  blur: [0, 1.8],
  fill: "image-mean",
  interpolations: 1,
};
const fillsAndInterpolations = (["dataset-mean", "image-mean", "imgaug-0.4-int"] as const).flatMap((fill) =>
  ([1, 2] as const).map((interpolations) => ({ fill, interpolations })),
);

test("over 500 random draws agree, on odd, small and non-square images, with every fill, composed or twice", async () => {
  let draws = 0;
  const sizes: Pair[] = [
    [47, 61],
    [64, 20],
    [9, 7],
    [3, 2],
    [1, 5],
  ];
  for (const own of fillsAndInterpolations) {
    for (const size of sizes) draws += await compare({ ...everything, ...own }, size);
  }
  expect(draws).toBeGreaterThanOrEqual(480);
  for (const name of ["thesis-code", "thesis-text", "rnet"]) {
    draws += await compare(augmentPresets.get(name)!, [128, 128], 5);
  }
  expect(draws).toBeGreaterThanOrEqual(500);
}, 120_000);

describe("edges", () => {
  const both = [1, 2] as const;
  const always = (value: number) => [value, value] as const;
  /** The mean of |M - I| of a rotation about the centre of 40 x 31 images, per degree. */
  const degrees = 9e-4 / (((2 + 19.5 + 15) / 180) * Math.PI);
  const table: [what: string, options: Partial<AugmentOptions>, size?: Pair][] = [
    ["no rotation, but a scale", { scale: [0.9, 1.1] }],
    ["quarters of a turn of a square", { rotation: always(90) }, [16, 16]],
    ["-90 degrees of an image that is not square", { rotation: always(-90) }],
    ["half a turn", { rotation: always(180) }],
    ["-180 degrees", { rotation: always(-180) }],
    ["45 degrees, between two quadrants", { rotation: always(45) }],
    ["-45 degrees", { rotation: always(-45) }],
    ["a rotation just small enough to be skipped", { rotation: always(degrees * 0.99) }],
    ["a rotation just too large to be skipped", { rotation: always(degrees * 1.01) }],
    ["a scale just small enough to be skipped", { scale: always(1 + (9e-4 / (2 + 19.5 + 15)) * 0.99) }],
    ["a scale just too large to be skipped", { scale: always(1 + (9e-4 / (2 + 19.5 + 15)) * 1.01) }],
    ["the smallest scale", { scale: always(0.5) }],
    ["the largest scale", { scale: always(2) }],
    ["both flips", { flipHorizontal: 1, flipVertical: 1 }],
    ["one flip", { flipHorizontal: 1 }],
    ["the other flip", { flipVertical: 1 }],
    ["a shift to the last pixel", { shift: always(1) }],
    ["a shift just beyond the border, the other way", { shift: always(-1), scale: always(0.9) }],
    ["a blur just below 1e-3", { blur: always(0.000999), rotation: [-9, 9] }],
    ["a blur just above 1e-3", { blur: always(0.001001), rotation: [-9, 9] }],
    ["a blur of the widest", { blur: always(1.8) }],
    ["a blur of one row", { blur: always(1) }, [1, 9]],
    ["a blur of two columns", { blur: always(1) }, [9, 2]],
    ["a blur of one pixel", { blur: always(1) }, [1, 1]],
    ["brightness alone", { multiply: [0, 4] }],
    ["contrast alone", { contrast: [0, 4] }],
    ["a large image, far from the centre", { rotation: [-180, 180], scale: [0.5, 0.6] }, [301, 512]],
  ];
  test.each(table)("%s", async (_what, options, given?: Pair) => {
    const size = given ?? [31, 40];
    for (const interpolations of both) {
      await compare({ ...none, fill: "image-mean", ...options, interpolations }, size, size[1] > 100 ? 2 : 4);
    }
  });
});

/** What 4 images become at a step, from the launches of a batch of their own. */
async function augmented(options: AugmentOptions, pixels: Uint8Array, size: Pair, step = 0) {
  const data = DeviceDataset.upload(device, { size, pixels, labels: new Float32Array(8), outputs }, 4);
  data.setOrder(device, Uint32Array.of(0, 1, 2, 3));
  const program = new Program("augment", device.tuning);
  const uniforms = stepTensor();
  const { images } = data.recordBatch(program, 4, uniforms, { options, key, datasetMean: 0.5 });
  program.keep(images);
  const ready = await program.finish(device);
  writeStep(device, uniforms, { index: step, batchStart: 0, learningRate: 0 });
  ready.run();
  const values = await ready.read(images);
  ready.destroy();
  return { values, launches: ready.launches.map(({ op, entryPoint }) => `${op}.${entryPoint}`) };
}

describe("to the last bit", () => {
  const size: Pair = [6, 7];
  const { pixels } = noise(size, 4);
  const raw = Float32Array.from(pixels, (byte) => byte / 255);

  test.each([1, 2] as const)("a pass that is skipped, or moves nothing, copies (interpolations %d)", async (twice) => {
    // A blur below 1e-3 still has its launch.
    const { values, launches } = await augmented({ ...none, blur: [0, 0.001], interpolations: twice }, pixels, size);
    expect(launches).toEqual(["augment.draw", "augment.warp", "augmentBlur.blur"]);
    expectClose(values, raw, { rtol: 2e-7 });
  });

  test("brightness is what the host draws, for each image its own, and not clipped", async () => {
    const options = { ...none, multiply: [0.5, 3] } as const;
    const white = new Uint8Array(4 * 42).fill(255);
    for (const step of [0, 1, 4_000_000_000]) {
      const { values } = await augmented(options, white, size, step);
      const drawn = [0, 1, 2, 3].map((image) => Math.fround(drawOf(options, size, key, step, image).multiply));
      expect([0, 1, 2, 3].map((image) => values[image * 42])).toEqual(drawn);
    }
  });

  test("a shift is what the host draws", async () => {
    const options = { ...none, shift: [-0.4, 0.4] } as const;
    // Brightness rises by 1/255 a pixel to the right; column 3 stays in the image.
    const slope = Uint8Array.from({ length: 4 * 42 }, (_, i) => i % 7);
    const { values } = await augmented({ ...options, fill: "imgaug-0.4-int" }, slope, size);
    for (const image of [0, 1, 2, 3]) {
      const { shiftX } = drawOf(options, size, key, 0, image);
      expect(values[image * 42 + 3 * 7 + 3] * 255).toBeCloseTo(3 - shiftX, 5);
    }
  });
});

test("nothing but the gathering is recorded where nothing changes", async () => {
  const { launches } = await augmented(none, new Uint8Array(16), [2, 2]);
  expect(launches).toEqual(["batch.gather"]);
});

test("no blur is recorded where there is none to draw", async () => {
  const { launches } = await augmented({ ...none, rotation: [-1, 1] }, new Uint8Array(16), [2, 2]);
  expect(launches).toEqual(["augment.draw", "augment.warp"]);
});

test("a fill of imgaug 0.4 is black, unless all images are white", async () => {
  const options = { ...none, shift: [1, 1], fill: "imgaug-0.4-int" } as const;
  const { values } = await augmented(options, new Uint8Array(16).fill(200), [2, 2]);
  expect([...values]).toEqual(Array(16).fill(0));
});
