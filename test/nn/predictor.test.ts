/** Predictions sampled by dropout: their mean and spread where both are known, and that a seed decides them. */
import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/errors.ts";
import type { ImagesAndLabels } from "../../src/nn/device-dataset.ts";
import { Dense } from "../../src/nn/layers/dense.ts";
import { Dropout } from "../../src/nn/layers/dropout.ts";
import { Flatten } from "../../src/nn/layers/flatten.ts";
import { tiny } from "../../src/nn/models/tiny.ts";
import { Predictor } from "../../src/nn/predictor.ts";
import { Sequential } from "../../src/nn/sequential.ts";
import { RandomStream } from "../../src/rng.ts";
import { openTestDevice } from "../support/device.ts";

const device = await openTestDevice();

function imagesOf(count: number, side: number): ImagesAndLabels {
  const stream = new RandomStream(3, "test");
  const pixels = Uint8Array.from({ length: count * side * side }, () => stream.integer(256));
  return { size: [side, side], pixels, labels: new Float32Array(2 * count), outputs: ["a", "b"] };
}

const all = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);

describe("a linear network, which dropout leaves unbiased", () => {
  const [rate, samples, count] = [0.4, 400, 5];
  const images = imagesOf(count, 4);
  const model = new Sequential({
    inputShape: [1, 4, 4],
    layers: [new Flatten(), new Dropout({ rate }), new Dense({ units: 2, name: "output" })],
  });
  model.initialize(device, 1);

  test("the mean approaches the prediction, the standard deviation its value by hand", async () => {
    // Batches of 2, 2 and 1. Of w·x with each x dropped at rate r and scaled: variance Σ w² x² r / (1 - r).
    const predictor = await Predictor.open(device, model, images, 2);
    const prediction = await predictor.predict(all(count));
    const { mean, sd } = await predictor.sample(all(count), { samples, seed: 5 });
    const weights = (await model.read(device)).get("output.weight")!.data;
    prediction.forEach((value, i) => {
      const [image, output] = [Math.floor(i / 2), i % 2];
      const x = Array.from(images.pixels.subarray(16 * image, 16 * (image + 1)), (pixel) => pixel / 255);
      const variance = x.reduce((sum, own, j) => sum + (weights[2 * j + output] * own) ** 2 * (rate / (1 - rate)), 0);
      expect(Math.abs(mean[i] - value)).toBeLessThan((3.5 * Math.sqrt(variance)) / Math.sqrt(samples));
      expect(sd[i] / Math.sqrt(variance)).toBeGreaterThan(0.87);
      expect(sd[i] / Math.sqrt(variance)).toBeLessThan(1.13);
    });
  });
});

describe("a network with batch normalisation", () => {
  const images = imagesOf(5, 12);
  const model = tiny({ inputShape: [1, 12, 12], outputs: 2, dropout: 0.3 });
  model.initialize(device, 1);

  test("a seed decides every bit, another seed gives others, and no pass is like another", async () => {
    const predictor = await Predictor.open(device, model, images, 4);
    const first = await predictor.sample(all(5), { samples: 3, seed: 1 });
    expect(first.sd.every((sd) => sd > 0)).toBe(true);
    expect(await predictor.sample(all(5), { samples: 3, seed: 1 })).toEqual(first);
    const again = await Predictor.open(device, model, images, 4);
    expect(await again.sample(all(5), { samples: 3, seed: 1 })).toEqual(first);
    expect(await predictor.sample(all(5), { samples: 3, seed: 2 })).not.toEqual(first);
  });

  test("sampling neither changes the moving statistics nor what is predicted without dropout", async () => {
    const predictor = await Predictor.open(device, model, images, 4);
    const [weights, prediction] = [await model.read(device), await predictor.predict(all(5))];
    await predictor.sample(all(5), { samples: 2, seed: 0 });
    expect(await model.read(device)).toEqual(weights);
    expect(await predictor.predict(all(5))).toEqual(prediction);
  });

  test("sampling leaves nothing on the device, even where it is cut short", async () => {
    const predictor = await Predictor.open(device, model, images, 4);
    await predictor.sample(all(5), { samples: 2, seed: 0 }); // makes what all Programs share
    const before = device.memory.liveBytes;
    await predictor.sample(all(5), { samples: 2, seed: 0 });
    const onPass = () => {
      throw new Error("cut short");
    };
    await expect(predictor.sample(all(5), { samples: 2, seed: 0, onPass })).rejects.toThrow("cut short");
    expect(device.memory.liveBytes).toBe(before);
  });

  test("the same images on their own are normalised alike: batch normalisation is in evaluation mode", async () => {
    // With a rate that drops next to nothing, a sample is the prediction, whatever else is in the batch.
    const hardly = tiny({ inputShape: [1, 12, 12], outputs: 2, dropout: 1e-9 });
    hardly.initialize(device, 1);
    const predictor = await Predictor.open(device, hardly, images, 4);
    const prediction = await predictor.predict(all(5));
    const { mean, sd } = await predictor.sample(all(5), { samples: 2, seed: 0 });
    prediction.forEach((value, i) => expect(mean[i]).toBeCloseTo(value, 5));
    expect(Math.max(...sd)).toBeLessThan(1e-6);
  });
});

describe("refused", () => {
  test("a network that drops nothing", async () => {
    const images = imagesOf(2, 12);
    const predictor = await Predictor.open(device, tiny({ inputShape: [1, 12, 12], outputs: 2 }), images, 2);
    await expect(predictor.sample(all(2), { samples: 5, seed: 0 })).rejects.toThrow(
      new UsageError(
        "sample: expected a network with dropout, which is what makes its predictions vary, got one that drops nothing; " +
          "train one, such as with --dropout 0.3",
      ),
    );
  });

  test("a single sample, which has no spread", async () => {
    const model = tiny({ inputShape: [1, 12, 12], outputs: 2, dropout: 0.3 });
    const predictor = await Predictor.open(device, model, imagesOf(2, 12), 2);
    await expect(predictor.sample(all(2), { samples: 1, seed: 0 })).rejects.toThrow(
      new UsageError("sample: expected two samples or more, got 1"),
    );
  });
});
