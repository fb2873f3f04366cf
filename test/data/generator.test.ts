import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { PNG } from "pngjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomCell } from "../../src/data/generator/cell.ts";
import { datasetFiles, imageName } from "../../src/data/generator/files.ts";
import { generateImage } from "../../src/data/generator/image.ts";
import { paintCell } from "../../src/data/generator/paint.ts";
import { cellTypes, type CellType, fieldSize, placement } from "../../src/data/generator/parameters.ts";
import { placeCells } from "../../src/data/generator/place.ts";
import { makeDataset } from "../../src/data/make.node.ts";
import { parseNpy } from "../../src/data/npy.ts";
import { DataError, UsageError } from "../../src/errors.ts";
import { RandomStream } from "../../src/rng.ts";
import type { Pair } from "../../src/shape.ts";

const options = { seed: 1, size: 64, cells: [20, 60] as Pair };
const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);
const mean = (values: ArrayLike<number>): number => sum(values) / values.length;

describe("determinism", () => {
  const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

  test("the bytes of one image are what they were; a change of them needs a new generatorVersion", () => {
    expect(sha256(generateImage(0, options).pixels)).toBe(
      "2d6845afd3bc66c079335d99514a4cea53ad820dafdcdb23501c0d89cd163033",
    );
  });

  test("same seed and index: the same image; another of either: another image", () => {
    const image = generateImage(3, options);
    expect(generateImage(3, { ...options })).toEqual(image);
    expect(generateImage(4, options).pixels).not.toEqual(image.pixels);
    expect(generateImage(3, { ...options, seed: 2 }).pixels).not.toEqual(image.pixels);
  });

  test("nothing is used whose last bits depend on the engine", async () => {
    const folder = join(import.meta.dirname, "../../src/data/generator");
    for (const name of await readdir(folder)) {
      const source = await readFile(join(folder, name), "utf8");
      const used = source.match(/Math\.\w+|[^2] \*\* \S|\.normal\(/g) ?? [];
      const exact = ["Math.sqrt", "Math.floor", "Math.ceil", "Math.abs", "Math.min", "Math.max"];
      expect({ name, inexact: used.filter((call) => !exact.includes(call)) }).toEqual({ name, inexact: [] });
    }
  });
});

test("over all options: labels are consistent and the image is a plausible one", () => {
  const cells = fc
    .tuple(fc.integer({ min: 1, max: 80 }), fc.nat({ max: 40 }))
    .map(([low, more]): Pair => [low, low + more]);
  const choice = fc.record({ seed: fc.maxSafeNat(), size: fc.integer({ min: 16, max: 100 }), cells });
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 32 - 1 }), choice, (index, chosen) => {
      const { pixels, prior, counts, fractions } = generateImage(index, chosen);
      const total = sum(counts);
      expect(pixels).toHaveLength(chosen.size ** 2);
      expect(Math.min(...prior)).toBeGreaterThan(0);
      expect(sum(prior)).toBeCloseTo(1, 14);
      expect(total).toBeGreaterThanOrEqual(1);
      expect(total).toBeLessThanOrEqual(chosen.cells[1]);
      expect(fractions).toEqual(counts.map((count) => count / total));
      expect(mean(pixels)).toBeGreaterThan(60);
      expect(mean(pixels)).toBeLessThan(190);
    }),
    { numRuns: 40 },
  );
});

describe("labels", () => {
  const images = Array.from({ length: 150 }, (_, index) => generateImage(index, { ...options, size: 16 }));

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
    const { prior, counts } = generateImage(7, { ...options, size: 100 });
    expect({ prior, counts }).toEqual({ prior: images[7].prior, counts: images[7].counts });
  });
});

test("a smaller image is the same field at fewer pixels", () => {
  const [large, small] = [256, 64].map((size) => generateImage(1, { ...options, size }).pixels);
  const differences = Array.from(small, (level, i) => {
    const [row, column] = [Math.floor(i / 64) * 4, (i % 64) * 4];
    const block = Array.from({ length: 16 }, (_, k) => large[(row + (k >> 2)) * 256 + column + (k & 3)]);
    return Math.abs(mean(block) - level);
  });
  expect(mean(differences)).toBeLessThan(3);
});

test("placed cells have their centres in the field and overlap little, however many are asked for", () => {
  const stream = new RandomStream(5, "test");
  const cells = Array.from({ length: 300 }, (_, i) => randomCell(stream, cellTypes[i % 3]));
  const placed = placeCells(stream, cells);
  expect(placed.length).toBeGreaterThan(50);
  expect(placed.length).toBeLessThan(300);
  const discs = placed.flatMap(({ cell, x, y }, owner) =>
    cell.discs.map((disc) => ({ owner, x: x + disc.x, y: y + disc.y, radius: disc.radius })),
  );
  for (const { x, y } of placed) expect(Math.min(x, y, fieldSize - x, fieldSize - y)).toBeGreaterThanOrEqual(0);
  const gaps = discs.flatMap((a) =>
    discs.filter((b) => b.owner !== a.owner).map((b) => Math.hypot(a.x - b.x, a.y - b.y) / (a.radius + b.radius)),
  );
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1 - placement.overlap - 1e-12);
});

describe("types differ in size, shape and texture at 64 pixels", () => {
  /** Moments of one cell in the middle of an empty field, of the pixels that differ from it. */
  const measured = (type: CellType, seed: number) => {
    const canvas = { size: 64, levels: new Float64Array(64 * 64) };
    paintCell(canvas, { cell: randomCell(new RandomStream(seed, "cell"), type), x: fieldSize / 2, y: fieldSize / 2 });
    const body = [...canvas.levels.keys()].filter((i) => Math.abs(canvas.levels[i]) > 12);
    const xs = body.map((i) => (i % 64) - 31.5);
    const ys = body.map((i) => Math.floor(i / 64) - 31.5);
    const [xx, yy, xy] = [mean(xs.map((x) => x * x)), mean(ys.map((y) => y * y)), mean(xs.map((x, i) => x * ys[i]))];
    const spread = Math.hypot((xx - yy) / 2, xy);
    return {
      area: body.length,
      elongation: Math.sqrt(((xx + yy) / 2 + spread) / ((xx + yy) / 2 - spread)),
      centre: mean([31 * 64 + 31, 31 * 64 + 32, 32 * 64 + 31, 32 * 64 + 32].map((i) => canvas.levels[i])),
      brightest: Math.max(...canvas.levels),
    };
  };

  test.each([1, 2, 3, 4, 5, 6])("cells of seed %i", (seed) => {
    const [round, spindle, granular] = cellTypes.map((type) => measured(type, seed));
    expect(round.centre).toBeGreaterThan(30);
    expect(spindle.centre).toBeLessThan(-20);
    expect(granular.centre).toBeLessThan(0);
    expect(spindle.elongation).toBeGreaterThan(2);
    expect(Math.max(round.elongation, granular.elongation)).toBeLessThan(1.5);
    expect(granular.area).toBeGreaterThan(1.5 * round.area);
    for (const { brightest } of [round, spindle, granular]) expect(brightest).toBeGreaterThan(10); // the halo
  });
});

describe("what the generator refuses", () => {
  test.each([
    ["a negative seed", { seed: -1 }, "seed of a non-negative integer, got -1"],
    ["a fractional seed", { seed: 0.5 }, "seed of a non-negative integer, got 0.5"],
    ["a size too small", { size: 15 }, "size of 16 to 2048 pixels, got 15"],
    ["a size too large", { size: 4096 }, "size of 16 to 2048 pixels, got 4096"],
    ["no cells", { cells: [0, 5] as Pair }, "1 <= fewest <= most <= 500, got [0, 5]"],
    ["cells in reverse", { cells: [6, 5] as Pair }, "1 <= fewest <= most <= 500, got [6, 5]"],
    ["too many cells", { cells: [1, 501] as Pair }, "1 <= fewest <= most <= 500, got [1, 501]"],
  ])("%s", (_, wrong, message) => {
    const generate = () => generateImage(0, { ...options, ...wrong });
    expect(generate).toThrow(UsageError);
    expect(generate).toThrow(`generator: expected `);
    expect(generate).toThrow(message);
  });

  test.each([-1, 0.5, 2 ** 32])("image index %s", (index) => {
    expect(() => generateImage(index, options)).toThrow(UsageError);
  });
});

describe("datasetFiles", () => {
  const labels = { prior: [0.5, 0.25, 0.25], counts: [3, 1, 0], fractions: [0.75, 0.25, 0] } as const;
  const files = datasetFiles([labels, labels], options);

  test("labels.csv comes last; one .npy vector of the prior an image", () => {
    expect([...files.keys()]).toEqual([
      "priors_0000.npy",
      "priors_0001.npy",
      "priors.csv",
      "counts.csv",
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
    expect(meta).toMatchObject({ version: 1, seed: 1, count: 2, size: 64, cells: [20, 60], outputs: cellTypes });
    expect(meta).toMatchObject({ parameters: { placement } });
    expect(meta.borderRule).toContain("centre is inside the image");
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
  const small = { seed: 9, size: 32, cells: [2, 5] as Pair, count: 3 };

  test("writes 8-bit gray images and their labels into a new folder", async () => {
    const directory = join(folder, "deep", "new");
    const progress: number[] = [];
    await makeDataset(directory, { ...small, onProgress: (written) => progress.push(written) });
    expect(progress).toEqual([1, 2, 3]);
    expect((await readdir(directory)).sort()).toEqual(
      ["counts.csv", "img0000.png", "img0001.png", "img0002.png", "labels.csv", "meta.json", "priors.csv"].concat([
        "priors_0000.npy",
        "priors_0001.npy",
        "priors_0002.npy",
      ]),
    );
    const file = await readFile(join(directory, "img0002.png"));
    expect([...file.subarray(24, 26)]).toEqual([8, 0]); // IHDR: bit depth 8, colour type gray
    const { data } = PNG.sync.read(file);
    const { pixels, fractions } = generateImage(2, small);
    expect(Uint8Array.from(pixels, (_, i) => data[4 * i])).toEqual(pixels);
    expect(await readFile(join(directory, "labels.csv"), "utf8")).toContain(`img0002.png,${fractions.join(",")}\n`);
  });

  test("an interrupted folder has no labels.csv, and is not written into again", async () => {
    const directory = join(folder, "interrupted");
    const onProgress = (written: number) => {
      if (written === 2) throw new Error("stop");
    };
    await expect(makeDataset(directory, { ...small, onProgress })).rejects.toThrow("stop");
    expect(await readdir(directory)).toEqual(["img0000.png", "img0001.png"]);
    const again = makeDataset(directory, small);
    await expect(again).rejects.toThrow(DataError);
    await expect(again).rejects.toThrow(
      `${directory}: expected an empty or absent folder, got one with 2 entries such as img0000.png`,
    );
  });

  test("an empty folder is taken, a file is refused", async () => {
    const directory = join(folder, "empty");
    await mkdir(directory);
    await makeDataset(directory, { ...small, count: 1 });
    expect(await readdir(directory)).toContain("labels.csv");
    const file = join(folder, "file");
    await writeFile(file, "");
    await expect(makeDataset(file, small)).rejects.toThrow(DataError);
  });

  test.each([0, 1.5, -1])("a count of %s is refused before anything is made", async (count) => {
    const directory = join(folder, "refused");
    await expect(makeDataset(directory, { ...small, count })).rejects.toThrow(UsageError);
    expect(await readdir(folder)).not.toContain("refused");
  });
});
