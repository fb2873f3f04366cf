import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { PNG } from "pngjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomCell } from "../../src/data/generator/cell.ts";
import { datasetFiles, imageName } from "../../src/data/generator/files.ts";
import { generateDataset } from "../../src/data/generator/generate.ts";
import { parameterNames, parameterTable, parseRange, type Ranges } from "../../src/data/generator/parameters.ts";
import { placeCells } from "../../src/data/generator/place.ts";
import { dataPresetOf, dataPresets } from "../../src/data/generator/presets.ts";
import { parsePrior } from "../../src/data/generator/prior.ts";
import { drawScene } from "../../src/data/generator/scene.ts";
import { cellTypes } from "../../src/data/generator/types.ts";
import { makeDataset } from "../../src/data/make.node.ts";
import { parseNpy } from "../../src/data/npy.ts";
import { DataError, UsageError } from "../../src/errors.ts";
import { RandomStream } from "../../src/rng.ts";
import type { Pair } from "../../src/shape.ts";
import { openTestDevice } from "../support/device.ts";

const device = await openTestDevice();
const options = { seed: 1, size: 64, parameters: dataPresets.thesis };
const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);
const mean = (values: ArrayLike<number>): number => sum(values) / values.length;

describe("determinism", () => {
  test("same seed and index: the same scene; another of either: another scene", () => {
    const scene = drawScene(3, options);
    expect(drawScene(3, { ...options })).toEqual(scene);
    expect(drawScene(4, options).cells).not.toEqual(scene.cells);
    expect(drawScene(3, { ...options, seed: 2 }).cells).not.toEqual(scene.cells);
  });

  test("a parameter's range changes nothing that is drawn of others", () => {
    const swept = { ...options, parameters: { ...options.parameters, halo: [0.5, 1.5] as Pair } };
    const [plain, other] = [drawScene(5, options), drawScene(5, swept)];
    expect(other.values.halo).not.toBe(plain.values.halo);
    expect({ ...other, values: { ...other.values, halo: 1 } }).toEqual(plain);
  });
});

test("over all options: labels are consistent and cells lie in the field", () => {
  const cells = fc
    .tuple(fc.integer({ min: 1, max: 80 }), fc.nat({ max: 40 }))
    .map(([low, more]): Pair => [low, low + more]);
  const preset = fc.constantFrom(...Object.values<Ranges>(dataPresets));
  const prior = fc.constantFrom({ kind: "uniforms" } as const, { kind: "dirichlet", alpha: 0.5 } as const);
  fc.assert(
    fc.property(
      fc.nat({ max: 2 ** 32 - 1 }),
      fc.maxSafeNat(),
      cells,
      preset,
      prior,
      (index, seed, range, given, from) => {
        const parameters = { ...given, cells: range };
        const scene = drawScene(index, { seed, size: 32, parameters, prior: from });
        const total = sum(scene.counts);
        expect(scene.cells).toHaveLength(total);
        expect(Math.min(...scene.prior)).toBeGreaterThanOrEqual(0);
        expect(sum(scene.prior)).toBeCloseTo(1, 12);
        expect(total).toBeGreaterThanOrEqual(1);
        expect(total).toBeLessThanOrEqual(range[1]);
        expect(scene.fractions).toEqual(scene.counts.map((count) => count / total));
        for (const name of parameterNames) {
          expect(scene.values[name]).toBeGreaterThanOrEqual(parameters[name][0]);
          expect(scene.values[name]).toBeLessThanOrEqual(parameters[name][1]);
        }
        for (const { x, y } of scene.cells) {
          expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
          expect(Math.max(x, y)).toBeLessThan(scene.values.fieldOfView);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("a Dirichlet prior has its mean and variance", () => {
  const scenes = Array.from({ length: 400 }, (_, i) => drawScene(i, { ...options, prior: parsePrior("dirichlet:2") }));
  for (const k of [0, 1, 2]) {
    const shares = scenes.map(({ prior }) => prior[k]);
    expect(Math.abs(mean(shares) - 1 / 3)).toBeLessThan(0.03);
    // alpha (A - alpha) / (A^2 (A + 1)) with A = 6
    expect(Math.abs(mean(shares.map((share) => (share - mean(shares)) ** 2)) - 2 / 63)).toBeLessThan(0.006);
  }
});

describe("labels", () => {
  const images = Array.from({ length: 150 }, (_, index) => drawScene(index, options));

  test("cell numbers cover the range, and crowding leaves few out", () => {
    const totals = images.map(({ counts }) => sum(counts));
    expect(Math.min(...totals)).toBeLessThan(24);
    expect(Math.max(...totals)).toBeGreaterThan(56);
    expect(Math.max(...totals)).toBeLessThanOrEqual(60);
    expect(mean(totals)).toBeGreaterThan(37);
  });

  test.each(cellTypes.map((type, k) => [type, k] as const))("fractions of %s follow the prior", (_, k) => {
    // A fraction of about 40 draws deviates from its prior by 0.075, the mean of 150 of them by 0.006.
    const deviations = images.map(({ prior, fractions }) => fractions[k] - prior[k]);
    expect(Math.abs(mean(deviations))).toBeLessThan(0.025);
    expect(Math.sqrt(mean(deviations.map((d) => d * d)))).toBeLessThan(0.1);
    expect(Math.sqrt(mean(deviations.map((d) => d * d)))).toBeGreaterThan(0.05);
  });

  test("they do not depend on the size", () => {
    const { prior, counts } = drawScene(7, { ...options, size: 100 });
    expect({ prior, counts }).toEqual({ prior: images[7].prior, counts: images[7].counts });
  });
});

test("a smaller image is the same field at fewer pixels", async () => {
  const of = async (size: number) => (await generateDataset(device, { ...options, size, count: 1 })).pixels;
  const [large, small] = [await of(256), await of(64)];
  const differences = Array.from(small, (level, i) => {
    const [row, column] = [Math.floor(i / 64) * 4, (i % 64) * 4];
    const block = Array.from({ length: 16 }, (_, k) => large[(row + (k >> 2)) * 256 + column + (k & 3)]);
    return Math.abs(mean(block) - level);
  });
  expect(mean(differences)).toBeLessThan(6); // the light of small images is computed on a coarser grid
});

test("placed cells overlap little, across the edges too, and clusters touch", () => {
  const fieldOfView = 320;
  const values = { ...drawScene(0, options).values, dividing: 0 };
  const gapsOf = (clustering: number) => {
    const stream = new RandomStream(5, "test");
    const cells = Array.from({ length: clustering === 0 ? 150 : 60 }, () => randomCell(stream, "round", values));
    const placed = placeCells(stream, cells, fieldOfView, clustering) ?? [];
    expect(placed).toHaveLength(cells.length);
    const shortest = (d: number) => d - fieldOfView * Math.round(d / fieldOfView);
    return placed.map((a) => {
      const radius = ({ cell }: typeof a) => (cell.halfLength + cell.halfWidth) / 2;
      const gaps = placed
        .filter((b) => b !== a)
        .map((b) => Math.hypot(shortest(a.x - b.x), shortest(a.y - b.y)) / (radius(a) + radius(b)));
      return Math.min(...gaps);
    });
  };
  const crowded = gapsOf(0);
  expect(Math.min(...crowded)).toBeGreaterThanOrEqual(0.9);
  expect(mean(gapsOf(1))).toBeLessThan(1.2);
});

test("a field too full for its cells holds fewer, of every type alike", () => {
  const full = { ...options, parameters: { ...dataPresets.thesis, cells: [300, 300] as Pair } };
  const scenes = Array.from({ length: 60 }, (_, index) => drawScene(index, full));
  expect(Math.max(...scenes.map(({ cells }) => cells.length))).toBeLessThan(300);
  for (const k of [0, 1, 2]) {
    const deviations = scenes.map(({ prior, fractions }) => fractions[k] - prior[k]);
    expect(Math.abs(mean(deviations))).toBeLessThan(0.03);
  }
});

describe("cells of a type", () => {
  const values = { ...drawScene(0, { ...options, parameters: dataPresets.easy }).values };
  const many = (changes: Partial<typeof values>) => {
    const stream = new RandomStream(2, "cells");
    return cellTypes.map((type) =>
      Array.from({ length: 30 }, () => randomCell(stream, type, { ...values, ...changes })),
    );
  };

  test("differ from the other types in length, width and delay, and less so with similarity", () => {
    const [round, spindle, granular] = many({});
    for (const cell of spindle) expect(cell.halfLength / cell.halfWidth).toBeGreaterThan(4);
    for (const cell of granular) expect(cell.halfWidth).toBeGreaterThan(1.5 * round[0].halfWidth);
    for (const cell of round) expect(cell.delay).toBeGreaterThan(2 * spindle[0].delay);
    const alike = many({ similarity: 1, variation: 0 }).map((cells) => cells[0].halfLength);
    expect(new Set(alike).size).toBe(1);
  });

  test("get nuclei and granules from detail, and round up to divide", () => {
    const [plain, detailed, dividing] = [many({})[0], many({ detail: 1 })[0], many({ dividing: 1 })[1]];
    expect(plain.every(({ granule, nucleus }) => granule === 0 && nucleus[3] === 0)).toBe(true);
    expect(detailed.every(({ granule, nucleus }) => granule > 0 && nucleus[3] > 0)).toBe(true);
    expect(dividing.every((cell) => cell.dividing && cell.halfLength < 1.3 * cell.halfWidth)).toBe(true);
  });
});

describe("what the generator refuses", () => {
  const given = (parameters: Partial<Ranges>) => ({ parameters: { ...options.parameters, ...parameters } });

  test.each([
    ["a negative seed", { seed: -1 }, "seed of a non-negative integer, got -1"],
    ["a fractional seed", { seed: 0.5 }, "seed of a non-negative integer, got 0.5"],
    ["a size too small", { size: 15 }, "size of 16 to 2048 pixels, got 15"],
    ["a size too large", { size: 4096 }, "size of 16 to 2048 pixels, got 4096"],
    ["no cells", given({ cells: [0, 5] }), "whole numbers from 1 to 500, the lower one first, got 0..5"],
    ["cells in reverse", given({ cells: [6, 5] }), "whole numbers from 1 to 500, the lower one first, got 6..5"],
    ["half a cell", given({ cells: [1, 1.5] }), "whole numbers from 1 to 500, the lower one first, got 1..1.5"],
    ["cells between pixels", { size: 16, ...given({ fieldOfView: [150, 1000] }) }, "at most 40 um a pixel"],
    ["too much halo", given({ halo: [4, 4] }), "numbers from 0 to 3, the lower one first, got 4"],
  ])("%s", (_, wrong, message) => {
    const generate = () => drawScene(0, { ...options, ...wrong });
    expect(generate).toThrow(UsageError);
    expect(generate).toThrow(/^generator: /);
    expect(generate).toThrow(message);
  });

  test.each([-1, 0.5, 2 ** 32])("image index %s", (index) => {
    expect(() => drawScene(index, options)).toThrow(UsageError);
  });

  test.each(["", "a", "1..", "1..2..3", "..", "1.."])("%j as a range", (text) => {
    expect(() => parseRange("--halo", text)).toThrow(
      new UsageError(`--halo: expected a number such as 0.5 or a range such as 0.5..1.5, got "${text}"`),
    );
  });

  test.each([
    ["normal", '--prior: expected "uniforms" or "dirichlet:ALPHA" such as dirichlet:2, got "normal"'],
    ["dirichlet:0", "--prior: expected an alpha from 0.05 to 1000, got 0"],
    ["dirichlet:x", "--prior: expected an alpha from 0.05 to 1000, got NaN"],
  ])("%s as a prior", (text, message) => {
    expect(() => parsePrior(text)).toThrow(new UsageError(message));
  });

  test("a preset that there is not", () => {
    const message = '--preset: expected one of easy, thesis, hard, dense, got "x"';
    expect(() => dataPresetOf("x")).toThrow(new UsageError(message));
  });
});

test("a range is read as it is written", () => {
  expect([parseRange("--halo", "0.5..1.5"), parseRange("--halo", "2"), parseRange("--defocus", "-3..3")]).toEqual([
    [0.5, 1.5],
    [2, 2],
    [-3, 3],
  ]);
});

describe("datasetFiles", () => {
  const { values } = drawScene(0, options);
  const labels = { prior: [0.5, 0.25, 0.25], counts: [3, 1, 0], fractions: [0.75, 0.25, 0], values } as const;
  const files = datasetFiles([labels, labels], { ...options, adapter: "some adapter" });

  test("labels.csv comes last; one .npy vector of the prior an image", () => {
    expect([...files.keys()]).toEqual([
      "priors_0000.npy",
      "priors_0001.npy",
      "priors.csv",
      "counts.csv",
      "parameters.csv",
      "meta.json",
      "labels.csv",
    ]);
    const vector = parseNpy(files.get("priors_0001.npy") as Uint8Array, "priors_0001.npy");
    expect(vector).toEqual({ shape: [3], data: Float64Array.of(0.5, 0.25, 0.25) });
  });

  test("tables by file name", () => {
    expect(files.get("labels.csv")).toBe(
      "image,round,spindle,granular\nimg0000.png,0.75,0.25,0\nimg0001.png,0.75,0.25,0\n",
    );
    expect(files.get("counts.csv")).toMatch(/\nimg0001.png,3,1,0\n$/);
    expect(files.get("priors.csv")).toMatch(/\nimg0001.png,0.5,0.25,0.25\n$/);
  });

  test("meta.json says how to make the set again", () => {
    const meta = JSON.parse(files.get("meta.json") as string) as { borderRule: string };
    expect(meta).toMatchObject({
      version: 2,
      seed: 1,
      count: 2,
      size: 64,
      bits: 8,
      prior: "uniforms",
      outputs: cellTypes,
    });
    expect(meta).toMatchObject({ adapter: "some adapter", parameters: { cells: { range: [20, 60], unit: "cells" } } });
    expect(meta.borderRule).toContain("torus");
  });

  test("parameters.csv has a column for each parameter, with units in meta.json", () => {
    const [header, first] = (files.get("parameters.csv") as string).split("\n");
    expect(header).toBe(["image", ...Object.keys(parameterTable)].join(","));
    expect(first).toBe(["img0000.png", ...parameterNames.map((name) => values[name])].join(","));
  });

  test("names have four digits, and more where the last needs more", () => {
    expect(imageName(7, 10_000)).toBe("img0007.png");
    expect(imageName(7, 10_001)).toBe("img00007.png");
  });
});

describe("makeDataset", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "cellgrad-"));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const small = { seed: 9, size: 32, parameters: { ...dataPresets.easy, cells: [2, 5] as Pair }, count: 3 };

  test("writes 8-bit gray images and their labels into a new folder", async () => {
    const directory = join(folder, "deep", "new");
    const progress: number[] = [];
    await makeDataset(device, directory, { ...small, onProgress: (written) => progress.push(written) });
    expect(progress).toEqual([1, 2, 3]);
    expect((await readdir(directory)).sort()).toEqual(
      ["counts.csv", "img0000.png", "img0001.png", "img0002.png", "labels.csv", "meta.json", "parameters.csv"].concat([
        "priors.csv",
        "priors_0000.npy",
        "priors_0001.npy",
        "priors_0002.npy",
      ]),
    );
    const file = await readFile(join(directory, "img0002.png"));
    expect([...file.subarray(24, 26)]).toEqual([8, 0]); // IHDR: bit depth 8, colour type gray
    const { data } = PNG.sync.read(file);
    const pixels = (await generateDataset(device, small)).pixels.subarray(2 * 32 * 32);
    const { fractions } = drawScene(2, small);
    expect(Uint8Array.from(pixels, (_, i) => data[4 * i])).toEqual(pixels);
    expect(await readFile(join(directory, "labels.csv"), "utf8")).toContain(`img0002.png,${fractions.join(",")}\n`);
  });

  test("an interrupted folder has no labels.csv, and is not written into again", async () => {
    const directory = join(folder, "interrupted");
    const onProgress = (written: number) => {
      if (written === 2) throw new Error("stop");
    };
    await expect(makeDataset(device, directory, { ...small, onProgress })).rejects.toThrow("stop");
    expect(await readdir(directory)).toEqual(["img0000.png", "img0001.png"]);
    const again = makeDataset(device, directory, small);
    await expect(again).rejects.toThrow(DataError);
    await expect(again).rejects.toThrow(
      `${directory}: expected an empty or absent folder, got one with 2 entries such as img0000.png`,
    );
  });

  test("with masks and 16 bits, by type and by instance", async () => {
    const directory = join(folder, "masks");
    await makeDataset(device, directory, { ...small, size: 64, count: 1, masks: true, bits: 16 });
    expect(await readdir(join(directory, "masks"))).toEqual(["img0000_instances.png", "img0000_types.png"]);
    const grays = async (name: string) => {
      const bytes = await readFile(join(directory, name));
      const { data } = PNG.sync.read(bytes, { skipRescale: true });
      return { depth: bytes[24], levels: Array.from({ length: 64 * 64 }, (_, i) => data[4 * i]) };
    };
    const { cells } = drawScene(0, small);
    const [image, types, instances] = [
      await grays("img0000.png"),
      await grays("masks/img0000_types.png"),
      await grays("masks/img0000_instances.png"),
    ];
    expect([image.depth, types.depth, instances.depth]).toEqual([16, 8, 16]);
    expect(Math.max(...image.levels)).toBeGreaterThan(20_000);
    expect(types.levels).toEqual(
      instances.levels.map((owner) => (owner === 0 ? 0 : cellTypes.indexOf(cells[owner - 1].cell.type) + 1)),
    );
  });

  test("stops when asked, without labels.csv", async () => {
    const directory = join(folder, "stopped");
    const stop = new AbortController();
    const onProgress = () => stop.abort();
    const complete = await makeDataset(device, directory, { ...small, count: 20, signal: stop.signal, onProgress });
    expect(complete).toBe(false);
    expect(await readdir(directory)).not.toContain("labels.csv");
  });

  test("an empty folder is taken, a file is refused", async () => {
    const directory = join(folder, "empty");
    await mkdir(directory);
    await makeDataset(device, directory, { ...small, count: 1 });
    expect(await readdir(directory)).toContain("labels.csv");
    const file = join(folder, "file");
    await writeFile(file, "");
    await expect(makeDataset(device, file, small)).rejects.toThrow(DataError);
  });

  test.each([0, 1.5, -1])("a count of %s is refused before anything is made", async (count) => {
    const directory = join(folder, "refused");
    await expect(makeDataset(device, directory, { ...small, count })).rejects.toThrow(UsageError);
    expect(await readdir(folder)).not.toContain("refused");
  });
});
