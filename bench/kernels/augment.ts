import { augmentKey, drawOf } from "../../src/data/augment/draw.ts";
import { augmentOf } from "../../src/data/augment/check.ts";
import { stepTensor, writeStep } from "../../src/gpu/step.ts";
import { DeviceDataset, type ImagesAndLabels } from "../../src/nn/device-dataset.ts";
import type { Pair } from "../../src/shape.ts";
import { augment as reference } from "../../test/reference/augment.ts";
import { randomImages } from "./gather.ts";
import { type BenchRow, type OpenRow, type Shapes, tolerances } from "./row.ts";

/** Gathering a batch with each image varied: R-Net's, composed and in two interpolations, and one of odd images. */
export const augmentRows = ({ batch, size }: Shapes): BenchRow[] => [
  rowOf("rnet", "rnet", batch, [size, size]),
  rowOf("thesis-code", "thesis-code", batch, [size, size]),
  rowOf("thesis-text, odd", "thesis-text", 5, [37, 29]),
];

const rowOf = (label: string, name: string, batch: number, size: Pair): BenchRow => ({
  op: "augment",
  label: `${label}, [${batch}, 1, ${size.join(", ")}]`,
  open: () => open(name, batch, size),
});

const seed = 1;
const index = 7;

function open(name: string, batch: number, size: Pair): OpenRow {
  const source = randomImages(batch, size);
  const order = Uint32Array.from({ length: batch }, (_, image) => image);
  const step = stepTensor();
  let data: DeviceDataset | undefined;
  return {
    variants: [
      {
        name: "default",
        record: (program) => {
          if (!data) throw new Error("augment: expected the row to be prepared first");
          const augmentation = data.augmentationBy(augmentOf(name), seed, order);
          const { images } = data.recordBatch(program, batch, step, augmentation);
          return { phase: "data", outputs: new Map([["images", images]]) };
        },
      },
    ],
    expected: () => new Map([["images", expectedOf(name, source)]]),
    tolerance: tolerances.short,
    prepare: (device) => {
      if (!data) {
        data = DeviceDataset.upload(device, source, batch);
        data.setOrder(device, order);
      }
      writeStep(device, step, { index, batchStart: 0, learningRate: 0 });
    },
  };
}

/** Every image in turn, [batch, H, W]. */
function expectedOf(name: string, { size, pixels }: ImagesAndLabels): Float64Array {
  const options = augmentOf(name);
  const [height, width] = size;
  const length = height * width;
  const all = Float64Array.from(pixels, (byte) => byte / 255);
  const meanOf = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const result = new Float64Array(all.length);
  const fills = { "dataset-mean": () => meanOf(all), "image-mean": meanOf, "imgaug-0.4-int": () => 0 };
  for (let image = 0; image * length < all.length; image++) {
    const own = all.slice(image * length, (image + 1) * length);
    const drawn = drawOf(options, size, augmentKey(seed), index, image);
    const fill = fills[options.fill](own);
    const varied = reference({ height, width, pixels: own }, drawn, fill, options.interpolations);
    result.set(varied.pixels, image * length);
  }
  return result;
}
