import { expect, test } from "vitest";
import { generateDataset, generateImages } from "../../src/data/generator/generate.ts";
import { dataPresets } from "../../src/data/generator/presets.ts";
import { drawScene } from "../../src/data/generator/scene.ts";
import { UsageError } from "../../src/errors.ts";
import { openTestDevice } from "../support/device.ts";

const device = await openTestDevice();
const options = { seed: 5, size: 16, parameters: dataPresets.thesis };

test("holds the images and realised fractions of the generator, in its order, over several submits", async () => {
  const made: number[] = [];
  const onProgress = (n: number) => made.push(n);
  const { size, pixels, labels, outputs } = await generateDataset(device, { ...options, count: 6, onProgress });
  const indices = [0, 1, 2, 3, 4, 5];
  expect(size).toEqual([16, 16]);
  expect(pixels).toHaveLength(6 * 256);
  expect([...labels]).toEqual(indices.flatMap((i) => drawScene(i, options).fractions.map(Math.fround)));
  expect(outputs).toEqual(["round", "spindle", "granular"]);
  expect(made).toEqual(indices.map((i) => i + 1));
});

test("an image depends on the seed and its number alone", async () => {
  const of = async (count: number, seed = 5) => (await generateDataset(device, { ...options, seed, count })).pixels;
  const [two, six, other] = [await of(2), await of(6), await of(2, 6)];
  expect([...two]).toEqual([...six.subarray(0, 512)]);
  expect([...two]).not.toEqual([...other]);
});

test("gives its memory back, also when the caller stops early", async () => {
  const before = device.memory.liveBytes;
  for await (const { scene } of generateImages(device, { ...options, count: 9 })) if (scene.index === 1) break;
  expect(device.memory.liveBytes).toBe(before);
});

test.each([0, 1.5, NaN])("refuses %d images", async (count) => {
  const message = `generator: expected a count of a positive integer, got ${count}`;
  await expect(generateDataset(device, { ...options, count })).rejects.toThrow(new UsageError(message));
});
