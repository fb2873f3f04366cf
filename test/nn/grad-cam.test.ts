/** Feature maps and Grad-CAM of a small network against the float64 references of its ops, composed. */
import { beforeAll, describe, expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { convolutionsOf, featureMaps } from "../../src/nn/feature-maps.ts";
import { gradCams, type GradCams, positivePart } from "../../src/nn/grad-cam.ts";
import { tiny } from "../../src/nn/models/tiny.ts";
import { imagesAt } from "../../src/nn/observation.ts";
import type { HostTensor } from "../../src/nn/safetensors.ts";
import { type Shape, sizeOf } from "../../src/shape.ts";
import { batchNorm } from "../reference/batchNorm.ts";
import { conv2d } from "../reference/conv2d.ts";
import { dense } from "../reference/dense.ts";
import { maxPool2d } from "../reference/maxPool2d.ts";
import { expectClose, relativeDistance } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { numericGradient } from "../support/numeric-gradient.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();
const [count, outputs] = [3, 2];
const size = [15, 12] as const; // not square; pools drop a row
const data = {
  size,
  pixels: Uint8Array.from(uniform([count, ...size], 1, 0, 255.99)),
  labels: new Float32Array(count * outputs),
  outputs: ["a", "b"],
};
const model = tiny({ inputShape: [1, ...size], outputs, dropout: 0.5 });
const images = imagesAt(data, [0, 1, 2]);
let values: ReadonlyMap<string, HostTensor>;

/** Statistics that are not those of an untrained network, and activations off the kinks of ReLU and pool. */
async function settle(): Promise<void> {
  model.initialize(device, 1);
  const read = await model.read(device);
  for (const [name, { shape }] of read) {
    const range = /Mean|bias|beta/.test(name) ? [0.1, 0.5] : name.includes("Variance") ? [0.5, 2] : undefined;
    const data = name === "conv2.bias" ? new Float32Array(shape[0]).fill(4) : undefined;
    if (range) read.set(name, { shape, data: data ?? Float32Array.from(uniform(shape, 7, range[0], range[1])) });
  }
  model.write(device, read, "test");
  values = read;
}
beforeAll(settle);

const parameter = (name: string) => Float64Array.from(values.get(name)!.data);
const normalized = (x: Float64Array, shape: Shape, name: string) =>
  batchNorm(x, shape, parameter(`${name}.gamma`), parameter(`${name}.beta`), {
    ...{ epsilon: 1e-3, momentum: 0.99, training: false },
    movingMean: parameter(`${name}.movingMean`),
    movingVariance: parameter(`${name}.movingVariance`),
  }).y;
const pooled = (x: Float64Array, shape: Shape) =>
  maxPool2d(x, shape, { window: [2, 2], strides: [2, 2], padding: "valid" });
const convolved = (x: Float64Array, shape: Shape, name: string) =>
  conv2d(x, shape, parameter(`${name}.weight`), values.get(`${name}.weight`)!.shape, parameter(`${name}.bias`), {
    ...{ strides: [1, 1], padding: "valid", relu: true },
  });

/** The rest of the network after conv2, [N, 16, 4, 3] to [N, outputs]. */
function tail(a: Float64Array, batch: number): Float64Array {
  const planes = pooled(normalized(a, [batch, 16, 4, 3], "bn2"), [batch, 16, 4, 3]);
  const features = sizeOf(planes.shape) / batch;
  const hidden = dense(
    planes.y,
    [batch, features],
    parameter("dense1.weight"),
    [features, 32],
    parameter("dense1.bias"),
    { relu: true },
  );
  const scaled = normalized(hidden.y, hidden.shape, "bn3");
  return dense(scaled, [batch, 32], parameter("output.weight"), [32, outputs], parameter("output.bias")).y;
}

describe("feature maps", () => {
  test("each layer's output is that of the references, activation included, without dropout", async () => {
    const maps = await featureMaps(device, model, images, ["bn1", "conv1", "conv2", "dropout1", "output"]);
    expect([...maps.keys()]).toEqual(["bn1", "conv1", "conv2", "dropout1", "output"]);
    const first = convolved(Float64Array.from(images.data), images.shape, "conv1");
    expect(maps.get("conv1")!.shape).toEqual([3, 8, 13, 10]);
    expectClose(maps.get("conv1")!.data, first.y, { rtol: 1e-5, atol: 1e-5 });
    const after = normalized(first.y, first.shape, "bn1");
    expectClose(maps.get("bn1")!.data, after, { rtol: 1e-5, atol: 1e-5 });
    const half = pooled(after, first.shape);
    const second = convolved(half.y, half.shape, "conv2");
    expectClose(maps.get("conv2")!.data, second.y, { rtol: 1e-5, atol: 1e-5 });
    expect(maps.get("dropout1")!.shape).toEqual([3, 32]);
    expectClose(maps.get("output")!.data, tail(second.y, 3), { rtol: 1e-4, atol: 1e-4 });
  });

  test("refused before any GPU work", async () => {
    await expect(featureMaps(device, model, images, ["conv9"])).rejects.toThrow(
      new ShapeError(
        "model: expected a layer among conv1, bn1, pool1, conv2, bn2, pool2, flatten1, dense1, bn3, dropout1, output, " +
          'got "conv9"',
      ),
    );
    await expect(featureMaps(device, model, { shape: [1, 1, 9, 9], data: new Float32Array(81) }, [])).rejects.toThrow(
      new ShapeError("model: expected images [N, 1, 15, 12], N at least 1, got [1, 1, 9, 9] of 81 values"),
    );
    expect(() => imagesAt(data, [3])).toThrow(new ShapeError("images: expected numbers from 0 to 2, got 3"));
  });

  test("leave nothing on the device", async () => {
    await gradCams(device, model, images); // makes what all Programs share
    const before = device.memory.liveBytes;
    await featureMaps(device, model, images, ["conv1"]);
    await gradCams(device, model, images);
    expect(device.memory.liveBytes).toBe(before);
  });
});

describe("Grad-CAM", () => {
  let cams: GradCams;
  beforeAll(async () => {
    cams = await gradCams(device, model, images);
  });

  test("is of the last convolution", () => {
    expect(convolutionsOf(model).map(({ name }) => name)).toEqual(["conv1", "conv2"]);
    expect(cams.layer).toBe("conv2");
    expect(cams.activations.shape).toEqual([3, 16, 4, 3]);
    expect(cams.gradients.shape).toEqual([3, 2, 16, 4, 3]);
    expect(cams.signed.shape).toEqual([3, 2, 4, 3]);
  });

  test("each output's gradient equals central differences of the float64 network", () => {
    const a = Float64Array.from(cams.activations.data);
    expect(Math.min(...a), "distance of the activations from the kink at 0").toBeGreaterThan(1e-3);
    expectClose(cams.predictions.data, tail(a, 3), { rtol: 1e-4, atol: 1e-4 });
    const each = sizeOf([16, 4, 3]);
    for (let n = 0; n < count; n++) {
      const own = a.slice(n * each, (n + 1) * each);
      for (let k = 0; k < outputs; k++) {
        const dy = Float64Array.from({ length: outputs }, (_, i) => Number(i === k));
        const at = (n * outputs + k) * each;
        const gradient = cams.gradients.data.subarray(at, at + each);
        expectClose(
          gradient,
          numericGradient((moved) => tail(moved, 1), own, dy, 1e-5),
          { rtol: 1e-4, atol: 1e-5 },
        );
      }
    }
  });

  test("is the sum of the maps, each weighed by its mean gradient", () => {
    const g = (n: number, k: number, c: number, p: number) => cams.gradients.data[((n * 2 + k) * 16 + c) * 12 + p];
    const a = (n: number, c: number, p: number) => cams.activations.data[(n * 16 + c) * 12 + p];
    const expected: number[] = [];
    for (let n = 0; n < 3; n++)
      for (let k = 0; k < 2; k++)
        for (let p = 0; p < 12; p++) {
          let sum = 0;
          for (let c = 0; c < 16; c++) for (let q = 0; q < 12; q++) sum += (g(n, k, c, q) / 12) * a(n, c, p);
          expected.push(sum);
        }
    expectClose(cams.signed.data, expected, { rtol: 1e-4, atol: 1e-4 });
    expect(positivePart(Float32Array.of(-2, 0, 3))).toEqual(Float32Array.of(0, 0, 3));
  });

  test("of an image is the same alone and among others", async () => {
    const alone = await gradCams(device, model, imagesAt(data, [1]));
    expectClose(alone.signed.data, cams.signed.data.subarray(24, 48), { rtol: 1e-5, atol: 1e-5 });
  });

  test("of another layer has that layer's planes", async () => {
    expect((await gradCams(device, model, images, "pool1")).signed.shape).toEqual([3, 2, 6, 5]);
    await expect(gradCams(device, model, images, "dense1")).rejects.toThrow(
      new ShapeError('gradCams: expected a layer with planes [C, H, W], got "dense1"'),
    );
  });

  test("changes when the weights are drawn anew: it shows the network, not the image", async () => {
    model.initialize(device, 2);
    const other = await gradCams(device, model, images);
    await settle();
    expect(relativeDistance(other.signed.data, cams.signed.data)).toBeGreaterThan(0.5);
  });
});
