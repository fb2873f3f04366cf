import { stepTensor, writeStep } from "../../src/gpu/step.ts";
import type { Program } from "../../src/gpu/program.ts";
import { DeviceDataset, type ImagesAndLabels } from "../../src/nn/device-dataset.ts";
import { RandomStream } from "../../src/rng.ts";
import type { Pair } from "../../src/shape.ts";
import { outputs } from "./rnet-shapes.ts";
import { type BenchRow, type OpenRow, type Recording, type Shapes, tolerances } from "./row.ts";

/** Gathering a batch of 8-bit images by an order: R-Net's, and one whose images end within a word. */
export const gatherRows = ({ batch, size }: Shapes): BenchRow[] => [
  rowOf("R-Net's", batch, [size, size]),
  rowOf("odd", 5, [37, 29]),
];

const rowOf = (name: string, batch: number, size: Pair): BenchRow => ({
  op: "gather",
  label: `${name}, [${batch}, 1, ${size.join(", ")}]`,
  open: () => open(batch, size),
});

function open(batch: number, size: Pair): OpenRow {
  const count = 2 * batch + 1;
  const source = randomImages(count, size);
  const order = new RandomStream(0, "bench order").permutation(count);
  const step = stepTensor();
  const pixels = size[0] * size[1];
  const rows = <Value>(read: (image: number) => ArrayLike<Value>): Value[] =>
    Array.from(order.subarray(0, batch), (image) => Array.from(read(image))).flat();
  let data: DeviceDataset | undefined;
  return {
    variants: [
      {
        name: "default",
        record: (program): Recording => {
          if (!data) throw new Error("gather: expected the row to be prepared first");
          return record(program, data, batch, step);
        },
      },
    ],
    expected: () =>
      new Map([
        [
          "images",
          Float64Array.from(
            rows((i) => source.pixels.subarray(i * pixels, (i + 1) * pixels)),
            (v) => v / 255,
          ),
        ],
        ["targets", Float64Array.from(rows((i) => source.labels.subarray(i * outputs, (i + 1) * outputs)))],
      ]),
    tolerance: tolerances.short,
    prepare: (device) => {
      if (!data) {
        data = DeviceDataset.upload(device, source, batch);
        data.setOrder(device, order);
      }
      writeStep(device, step, { index: 0, batchStart: 0, learningRate: 0 });
    },
  };
}

function record(program: Program, data: DeviceDataset, batch: number, step: ReturnType<typeof stepTensor>): Recording {
  const { images, targets } = data.recordBatch(program, batch, step);
  const kept = [
    ["images", images],
    ["targets", targets],
  ] as const;
  return { phase: "data", outputs: new Map(kept) };
}

export function randomImages(count: number, size: Pair): ImagesAndLabels {
  const random = new RandomStream(0, "bench gather");
  const pixels = Uint8Array.from({ length: count * size[0] * size[1] }, () => random.integer(256));
  const labels = Float32Array.from({ length: count * outputs }, () => random.uniform());
  return { size, pixels, labels, outputs: Array.from({ length: outputs }, (_, i) => `output${i + 1}`) };
}
