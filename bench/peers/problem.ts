import { RandomStream } from "../../src/rng.ts";
import { sizeOf } from "../../src/shape.ts";
import type { Padding, Shape } from "../../src/shape.ts";
import type { Batch, Problem, Task, WeightData } from "./peer.ts";
import { weightShapes } from "./rnet.ts";

/** What decides a problem; two processes with the same spec run on the same bits. */
export interface ProblemSpec {
  readonly task: Task;
  readonly padding: Padding;
  /** Height and width of an image, in pixels. */
  readonly size: number;
  readonly batch: number;
  readonly outputs: number;
  readonly learningRate: number;
  /** Number of different batches; steps walk over them in turn. */
  readonly batchCount: number;
  readonly seed: number;
}

/** R-Net's weights, and batches whose images show gratings under noise. */
export function createProblem(spec: ProblemSpec): Problem {
  const { task, padding, size, batch, outputs, learningRate, batchCount, seed } = spec;
  const valueOf = task === "training" ? initialWeight : trainedWeight;
  const weights = new Map<string, WeightData>();
  for (const [name, shape] of weightShapes(size, padding, outputs)) {
    weights.set(name, { shape, data: valueOf(seed, name, shape) });
  }
  const batches = Array.from({ length: batchCount }, (_, i) => createBatch(spec, i));
  return { task, padding, size, batch, outputs, learningRate, weights, batches };
}

/** Glorot uniform for convolutions and dense layers, as Keras draws it; 1 for gamma and variance, 0 for the rest. */
function initialWeight(seed: number, name: string, shape: Shape): Float32Array<ArrayBuffer> {
  const data = new Float32Array(sizeOf(shape));
  if (name.endsWith(".gamma") || name.endsWith(".movingVariance")) return data.fill(1);
  if (!name.endsWith(".weight")) return data;
  const limit = Math.sqrt(6 / fanSum(shape));
  const stream = new RandomStream(seed, `init/${name}`);
  return data.map(() => (2 * stream.uniform() - 1) * limit);
}

/**
 * As training might leave it. With the initial zeros and ones, whoever forgot a bias or a statistic would predict the
 * same.
 */
function trainedWeight(seed: number, name: string, shape: Shape): Float32Array<ArrayBuffer> {
  const data = initialWeight(seed, name, shape);
  if (name.endsWith(".weight")) return data;
  const stream = new RandomStream(seed, `trained/${name}`);
  return data.map((initial) => initial + stream.uniform(-0.3, 0.3));
}

/** fanIn + fanOut of `[Cout, Cin, kH, kW]` or `[in, out]`. */
const fanSum = ([a, b, ...window]: Shape): number => (a + b) * sizeOf(window);

/**
 * Gratings of random period, direction and contrast under noise. Images must differ in more than noise: batch norm
 * divides by what sets the samples of a batch apart, and where that is rounding error, no two libraries agree.
 */
function createBatch({ size, batch, outputs, seed }: ProblemSpec, index: number): Batch {
  const stream = new RandomStream(seed, "bench/batch", index);
  const images = new Float32Array(batch * size * size);
  for (let n = 0; n < batch; n++) {
    const [perRow, perColumn] = [stream.uniform(0.1, 2), stream.uniform(0.1, 2)];
    const [brightness, contrast] = [stream.uniform(0.2, 0.8), stream.uniform(0, 0.2)];
    for (let i = 0; i < size * size; i++) {
      const phase = perRow * Math.floor(i / size) + perColumn * (i % size);
      images[n * size * size + i] = brightness + contrast * Math.sin(phase) + stream.uniform(-0.1, 0.1);
    }
  }
  return { images, labels: new Float32Array(batch * outputs).map(() => stream.uniform()) };
}
