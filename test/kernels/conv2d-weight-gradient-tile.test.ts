/** The GPU's weight gradient against float64, on whatever adapter there is. */
import { describe, expect, test } from "vitest";
import { Program } from "../../src/gpu/program.ts";
import type { ConvGeometry } from "../../src/kernels/conv2d/geometry.ts";
import { weightGradientTile, weightGradientTileVariants } from "../../src/kernels/conv2d/weight-gradient-tile.ts";
import {
  blocksOf,
  resultsOf,
  splitsOf,
  weightGradientMemoryOf,
  type WeightGradientTiling,
  weightGradientTilingsOf,
} from "../../src/kernels/conv2d/weight-gradient-tiling.ts";
import { type Shape, sizeOf, window2d } from "../../src/shape.ts";
import { type Conv2dCase, conv2dCases } from "../reference/cases.ts";
import { conv2d as reference } from "../reference/conv2d.ts";
import { expectClose } from "../support/close.ts";
import { openTestDevice } from "../support/device.ts";
import { feed } from "../support/run-op.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();

interface TileCase extends Conv2dCase {
  readonly tiling?: (g: ConvGeometry) => WeightGradientTiling;
  readonly affine?: boolean;
  readonly splits?: number;
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

/** What a software adapter compiles in a moment: 2 pixel groups, 4 x 4 channels. */
const small: WeightGradientTiling = {
  workgroupSize: 32,
  tileRows: 2,
  tileColumns: 4,
  strip: 2,
  threadOutputs: 1,
  threadInputs: 1,
  outGroups: 4,
  inGroups: 4,
};
/** For windows whose halo is larger. */
const roomy: WeightGradientTiling = { ...small, workgroupSize: 64, outGroups: 8 };

const ours: readonly TileCase[] = [
  conv("ragged tiles and blocks, splits that do not divide the tiles", [3, 5, 13, 22], [7, 5, 3, 3], {
    tiling: () => ({ ...small, threadOutputs: 2, inGroups: 8 }),
    splits: 7,
  }),
  conv("affine, same", [2, 5, 9, 11], [6, 5, 3, 3], { padding: "same", affine: true }),
  conv("affine, valid", [2, 5, 9, 11], [6, 5, 3, 3], { affine: true }),
  conv("planes of 29 as a GPU runs them, same", [2, 9, 29, 29], [18, 9, 3, 3], {
    padding: "same",
    tiling: (g) => weightGradientTilingsOf(g)[0],
  }),
  conv("one channel as a GPU runs it", [2, 1, 20, 33], [16, 1, 3, 3], { tiling: (g) => weightGradientTilingsOf(g)[0] }),
  conv("a tall window", [2, 3, 14, 13], [10, 3, 5, 2], { padding: "same" }),
];

const cases: readonly TileCase[] = [...conv2dCases, ...ours].filter(({ strides }) =>
  strides.every((stride) => stride === 1),
);

const geometryOf = ({ x, w, strides, padding }: Conv2dCase): ConvGeometry => ({
  ...window2d("test", x, [w[2], w[3]], strides, padding),
  outChannels: w[0],
});

/** Runs it twice: the bits must be the same. */
async function run(each: TileCase, xs: Float64Array, dy: Float64Array, scaleShift: Float64Array) {
  const g = geometryOf(each);
  const tiling = each.tiling?.(g) ?? (each.w[2] > 3 ? roomy : small);
  const program = new Program("test", device.tuning);
  const [dw, db] = [program.tensor("dw", each.w), program.tensor("db", [g.outChannels])];
  weightGradientTile(g, tiling, each.splits).record(program, {
    x: feed("x", each.x, xs),
    dy: feed("dy", [g.batch, g.outChannels, ...g.outputSize], dy),
    dw: program.keep(dw),
    db: program.keep(db),
    scaleShift: each.affine ? feed("scaleShift", [g.channels, 4], scaleShift) : undefined,
  });
  const ready = await program.finish(device);
  const results: Float32Array[][] = [];
  for (let time = 0; time < 2; time++) {
    ready.run();
    results.push([await ready.read(dw), await ready.read(db)]);
  }
  ready.destroy();
  expect(results[1]).toEqual(results[0]);
  return results[0];
}

test.each(cases.map((each): [string, TileCase] => [each.label, each]))("%s: dw and db = reference", async (_, each) => {
  const { x, w, strides, padding } = each;
  const g = geometryOf(each);
  const xs = uniform(x, 1, -1, 1);
  const scaleShift = uniform([g.channels, 4], 3, -2, 2);
  const normal = xs.map((value, i) => {
    const c = Math.floor(i / sizeOf(g.inputSize)) % g.channels;
    return each.affine ? scaleShift[4 * c] * value + scaleShift[4 * c + 1] : value;
  });
  const expected = reference(normal, x, uniform(w, 2, -1, 1), w, null, { strides, padding });
  const dy = uniform(expected.shape, 4, -1, 1);
  const { dw, dbias } = expected.backward(dy);
  const [ownDw, ownDb] = await run(each, xs, dy, scaleShift);
  const tolerance = { rtol: 1e-5, atol: 3e-6 * Math.sqrt(sizeOf(expected.shape) / w[0]) };
  expectClose(ownDw, dw, tolerance);
  expectClose(ownDb, dbias, tolerance);
});

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

  test("keeps the partial sums and the workgroup memory small, and a large GPU busy", () => {
    for (const g of layers) {
      const [first] = weightGradientTilingsOf(g);
      expect(weightGradientTilingsOf(g).length).toBeGreaterThan(1);
      for (const tiling of weightGradientTilingsOf(g)) {
        expect(weightGradientMemoryOf(g, tiling)).toBeLessThanOrEqual(16384);
        expect(4 * splitsOf(g, tiling) * resultsOf(g)).toBeLessThanOrEqual(10e6);
      }
      expect(splitsOf(g, first) * sizeOf(blocksOf(g, first))).toBeGreaterThanOrEqual(2 * 132);
    }
  });

  test("names each variant differently and offers none for other strides or windows", () => {
    const names = weightGradientTileVariants(layers[2]).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const strided = geometryOf(conv("", [1, 1, 8, 8], [1, 1, 3, 3], { strides: [1, 2] }));
    const large = geometryOf(conv("", [1, 1, 13, 13], [1, 1, 11, 9]));
    expect([...weightGradientTileVariants(strided), ...weightGradientTileVariants(large)]).toEqual([]);
    expect(() => weightGradientTile(strided, small)).toThrow(
      "conv2dWeightGradientTile: expected strides [1, 1], got [1, 2]. Take another variant.",
    );
  });
});
