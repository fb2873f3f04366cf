/** The GPU's convolution against float64, on whatever adapter there is: every shape rule, loader and epilogue. */
import { describe, expect, test } from "vitest";
import { Program } from "../../src/gpu/program.ts";
import type { Tensor } from "../../src/gpu/tensor.ts";
import { turned } from "../../src/kernels/conv2d/geometry.ts";
import { tile, tileGradient, tileGradientVariants, tileVariants } from "../../src/kernels/conv2d/tile.ts";
import type { ConvGeometry } from "../../src/kernels/conv2d/geometry.ts";
import { memoryOf, partsOf, type Tiling, tilingsOf } from "../../src/kernels/conv2d/tiling.ts";
import { type Shape, sizeOf, window2d } from "../../src/shape.ts";
import { type Conv2dCase, conv2dCases } from "../reference/cases.ts";
import { conv2d as reference } from "../reference/conv2d.ts";
import { expectClose } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { feed } from "../support/run-op.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();

interface TileCase extends Conv2dCase {
  /** Other tilings than the smallest. */
  readonly tilings?: (g: ConvGeometry) => readonly Tiling[];
}

const conv = (label: string, x: Shape, w: Shape, more: Partial<TileCase> = {}): TileCase => ({
  label,
  x,
  w,
  strides: [1, 1],
  padding: "valid",
  relu: false,
  ...more,
});

/** The first of those with the most positions an invocation. */
const large = (g: ConvGeometry): Tiling[] =>
  tilingsOf(g)
    .filter(({ tileHeight }) => tileHeight === 8)
    .slice(0, 1);

const ragged: readonly TileCase[] = [
  conv("ragged tiles, chunks and blocks", [2, 5, 19, 37], [19, 5, 3, 3], { tilings: () => [tall, wide] }),
  conv("the first layer's one channel, in rows of 62", [1, 1, 11, 64], [16, 1, 3, 3], { relu: true }),
  conv("planes of 29, same", [2, 6, 29, 29], [9, 6, 3, 3], { padding: "same" }),
  conv("a tall window", [2, 3, 14, 13], [10, 3, 5, 2], { padding: "same" }),
  conv("a large window", [1, 2, 13, 12], [3, 2, 5, 5], { padding: "same" }),
  conv("a block of 64 channels", [1, 4, 6, 18], [61, 4, 3, 3]),
  conv("as a GPU runs it", [2, 6, 37, 35], [18, 6, 3, 3], { tilings: large }),
];

const cases: readonly TileCase[] = [...conv2dCases, ...ragged].filter(({ strides }) =>
  strides.every((stride) => stride === 1),
);

const geometryOf = ({ x, w, strides, padding }: Conv2dCase): ConvGeometry => ({
  ...window2d("test", x, [w[2], w[3]], strides, padding),
  outChannels: w[0],
});

/** Tilings that a software adapter compiles in a moment: rows side by side, and columns. */
const tall: Tiling = {
  workgroupSize: 64,
  lanesAcross: 8,
  tileHeight: 2,
  tileWidth: 1,
  channelQuads: 1,
  channelGroups: 4,
  chunk: 2,
};
const wide: Tiling = { ...tall, tileHeight: 1, tileWidth: 2, chunk: 3 };
const flat: Tiling = { ...tall, tileHeight: 1 };

const tilingsFor = ({ tilings, w }: TileCase, g: ConvGeometry): readonly Tiling[] =>
  tilings?.(g) ?? [w[2] * w[3] > 9 ? flat : tall];

const tolerance = (terms: number) => ({ rtol: 1e-5, atol: 2e-6 * Math.sqrt(terms) });

function problemOf(each: Conv2dCase) {
  const { x, w, strides, padding, relu } = each;
  const [xs, ws, bs] = [uniform(x, 1, -1, 1), uniform(w, 2, -1, 1), uniform([w[0]], 3, -1, 1)];
  const inputs = { x: feed("x", x, xs), weights: feed("w", w, ws), bias: feed("b", [w[0]], bs) };
  return { ...inputs, xs, ws, bs, expected: reference(xs, x, ws, w, bs, { strides, padding, relu }) };
}

async function run(record: (program: Program) => readonly Tensor[]): Promise<Float32Array[]> {
  const program = new Program("test", device.tuning);
  const outputs = record(program);
  for (const output of outputs) program.keep(output);
  const ready = await program.finish(device);
  ready.run();
  const values: Float32Array[] = [];
  for (const output of outputs) values.push(await ready.read(output));
  ready.destroy();
  return values;
}

/** The planes of a channel, of all images. */
function channelOf(values: Float64Array, [batch, channels, ...plane]: Shape, channel: number): number[] {
  const size = sizeOf(plane);
  return Array.from({ length: batch }, (_, n) => [
    ...values.subarray((n * channels + channel) * size, (n * channels + channel + 1) * size),
  ]).flat();
}

/** Count, mean and sum of squared deviations of all parts together. */
function merged(parts: Float32Array): [count: number, mean: number, squares: number] {
  let [count, mean, squares] = [0, 0, 0];
  for (let i = 0; i < parts.length; i += 4) {
    const [own, ownMean, ownSquares] = parts.subarray(i, i + 3);
    const delta = ownMean - mean;
    squares += ownSquares + (delta * delta * count * own) / (count + own);
    mean += (delta * own) / (count + own);
    count += own;
  }
  return [count, mean, squares];
}

describe.each(cases)("conv2dTile: $label", (each) => {
  const g = geometryOf(each);
  const terms = sizeOf(each.w) / each.w[0];

  test("convolves as the reference, and leaves the moments of what it stored", async () => {
    const { expected, ...inputs } = problemOf(each);
    for (const tiling of tilingsFor(each, g)) {
      const { parts, record } = tile(g, tiling);
      const [y, moments] = await run((program) => {
        const own = program.tensor("y", expected.shape);
        const sums = program.tensor("moments", [g.outChannels, parts, 4]);
        record(program, { ...inputs, y: own, moments: sums, relu: each.relu });
        return [own, sums];
      });
      expectClose(y, expected.y, tolerance(terms));
      for (let o = 0; o < g.outChannels; o++) {
        const values = channelOf(expected.y, expected.shape, o);
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
        const [count, ownMean, ownSquares] = merged(moments.subarray(o * parts * 4, (o + 1) * parts * 4));
        expect(count).toBe(values.length);
        expectClose([ownMean], [mean], { atol: 1e-5 });
        expectClose([ownSquares], [squares], { rtol: 1e-4, atol: 1e-5 });
      }
    }
  });

  test("gives the data gradient, and its sums for a batch normalisation", async () => {
    const { expected, weights } = problemOf({ ...each, relu: false });
    const dy = uniform(expected.shape, 4, -1, 1);
    const [a, saved] = [uniform(each.x, 5, -1, 1), uniform([g.channels, 4], 6, 0.2, 2)];
    const { dx: wanted } = expected.backward(dy);
    for (const tiling of tilingsFor(each, turned(g))) {
      const { parts, record } = tileGradient(g, tiling);
      const [dx, sums] = await run((program) => {
        const own = program.tensor("dx", each.x);
        const gradientSums = program.tensor("sums", [g.channels, parts, 2]);
        const bound = { a: feed("a", each.x, a), saved: feed("saved", [g.channels, 4], saved), gradientSums };
        record(program, { dy: feed("dy", expected.shape, dy), weights, dx: own, sums: bound });
        return [own, gradientSums];
      });
      expectClose(dx, wanted, tolerance(sizeOf(each.w) / each.w[1]));
      for (let c = 0; c < g.channels; c++) {
        const gs = channelOf(wanted, each.x, c);
        const xhat = channelOf(a, each.x, c).map((value) => (value - saved[4 * c + 2]) * saved[4 * c + 3]);
        const own = sums.subarray(c * parts * 2, (c + 1) * parts * 2);
        const total = (k: number) => own.reduce((sum, value, i) => (i % 2 === k ? sum + value : sum), 0);
        const atol = 1e-5 * Math.sqrt(gs.length * terms);
        expectClose([total(0)], [gs.reduce((sum, value) => sum + value, 0)], { rtol: 1e-5, atol });
        expectClose([total(1)], [gs.reduce((sum, value, i) => sum + value * xhat[i], 0)], { rtol: 1e-5, atol });
      }
    }
  });
});

test.each(["valid", "same"] as const)(
  "an affine input is padded with zeros after it is scaled: %s",
  async (padding) => {
    const each = conv("affine", [2, 5, 9, 11], [6, 5, 3, 3], { padding });
    const g = geometryOf(each);
    const scaleShift = uniform([5, 4], 7, -2, 2);
    const { xs, ws, bs, ...inputs } = problemOf(each);
    const scaled = xs.map((value, i) => {
      const c = Math.floor(i / (9 * 11)) % 5;
      return scaleShift[4 * c] * value + scaleShift[4 * c + 1];
    });
    const wanted = reference(scaled, each.x, ws, each.w, bs, each);
    const [y] = await run((program) => {
      const own = program.tensor("y", wanted.shape);
      tile(g, wide).record(program, { ...inputs, y: own, scaleShift: feed("scaleShift", [5, 4], scaleShift) });
      return [own];
    });
    expectClose(y, wanted.y, tolerance(45));
  },
);

describe("the choice of tilings", () => {
  const rNet: readonly [channels: number, outChannels: number, size: number][] = [
    [1, 16, 128],
    [16, 16, 126],
    [16, 32, 62],
    [32, 32, 60],
    [32, 64, 29],
    [64, 64, 27],
  ];
  const layers = rNet.map(([channels, outChannels, size]) =>
    geometryOf(conv("", [32, channels, size, size], [outChannels, channels, 3, 3])),
  );

  test("keeps to the workgroup memory that every adapter has", () => {
    for (const g of layers.flatMap((layer) => [layer, turned(layer)])) {
      expect(tilingsOf(g).length).toBeGreaterThanOrEqual(4);
      expect(Math.max(...tilingsOf(g).map((tiling) => memoryOf(g, tiling)))).toBeLessThanOrEqual(16384);
    }
  });

  test("gives a large GPU four workgroups a processor, with all output channels of R-Net's layers in few blocks", () => {
    const chosen = layers.map((g) => {
      const [tiling] = tilingsOf(g);
      const blocks = Math.ceil(g.outChannels / (4 * tiling.channelQuads * tiling.channelGroups));
      return partsOf(g, tiling) * blocks;
    });
    expect(Math.min(...chosen)).toBeGreaterThanOrEqual(2 * 132);
  });

  test("names each variant differently and offers none for other strides", () => {
    for (const variants of [tileVariants(layers[1]), tileGradientVariants(layers[1])]) {
      expect(variants).toHaveLength(4);
      expect(new Set(variants.map(({ name }) => name)).size).toBe(4);
    }
    const strided = geometryOf(conv("", [1, 1, 8, 8], [1, 1, 3, 3], { strides: [2, 1] }));
    expect(tileVariants(strided)).toEqual([]);
    expect(() => tile(strided, tall)).toThrow("conv2dTile: expected strides [1, 1], got [2, 1]. Take another variant.");
  });
});
