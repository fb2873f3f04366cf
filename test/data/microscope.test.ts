/** The microscope against a float64 reference: optics of a point, an edge and a disc, whole images, and masks. */
import { describe, expect, test } from "vitest";
import type { Cell } from "../../src/data/generator/cell.ts";
import { Microscope } from "../../src/data/generator/microscope.ts";
import { dataPresets } from "../../src/data/generator/presets.ts";
import { drawScene, type Scene } from "../../src/data/generator/scene.ts";
import { UsageError } from "../../src/errors.ts";
import { grayOf, intensityOf, outlineAt } from "../reference/microscope.ts";
import { openTestDevice } from "../support/device.ts";

const device = await openTestDevice();
const grid = 128;
const seed = 3;
const parameters = dataPresets.hard;

const plain = drawScene(0, { seed, size: 64, parameters: dataPresets.easy });

/** A flat disc with a sharp rim in the middle of the field. */
function discScene(radius: number, delay: number, changes: Partial<Scene["values"]> = {}): Scene {
  const cell: Cell = {
    ...{ type: "round", dividing: false, axis: [1, 0], halfLength: radius, halfWidth: radius, bend: 0, delay },
    ...{ exponent: 16, fullness: 1, harmonics: [0, 0, 0, 0], nucleus: [0, 0, 0, 0], nucleolus: 0 },
    ...{ granuleSpacing: 1, granule: 0, seed: 0, reach: radius },
  };
  const values = {
    ...plain.values,
    fieldOfView: 200,
    electrons: 1e6,
    readNoise: 0,
    exposure: 0.3,
    vignette: 0,
    ...changes,
  };
  return { ...plain, values, cells: [{ cell, x: 100, y: 100 }], dust: [], debris: [], tilt: [0, 0] };
}

/** What the GPU makes of scenes, beside the reference before it is rounded. */
async function compare(scenes: readonly Scene[], size: number, bits: 8 | 16) {
  const microscope = await Microscope.open(device, { seed, size, parameters, bits, batch: scenes.length });
  const { pixels } = await microscope.expose(scenes);
  microscope.destroy();
  const expected = scenes.flatMap((scene) => [...grayOf(scene, { grid, size, bits, seed })]);
  expect(pixels).toHaveLength(expected.length);
  return Math.max(...expected.map((value, i) => Math.abs(value - pixels[i])));
}

test.each<[string, Scene]>([
  ["a point", discScene(2, 0.05)],
  ["a disc", discScene(12, 0.05)],
  ["an edge, far from the rest of the rim", discScene(60, 0.03)],
  ["a point out of focus", discScene(2, 0.05, { defocus: 20 })],
  ["a thick disc", discScene(12, 0.4)],
  ["a strong halo of a wide ring", discScene(12, 0.05, { halo: 1.5, ringWidth: 0.2 })],
])("optics of %s: within 1e-4 of full scale", async (_, scene) => {
  expect(await compare([scene], 64, 16)).toBeLessThan(1e-4 * 65535);
});

describe("halo and shade-off of a weak flat disc of 12 um", () => {
  /** Intensity along the radius through the middle, by micrometres from the centre. */
  const profileOf = (halo: number) => {
    const light = intensityOf(discScene(12, 0.02, { halo }), grid);
    return (distance: number) => light[64 * grid + 64 + Math.round((distance * grid) / 200)];
  };

  test("the rim is dark inside and bright outside, and the middle comes back towards the background", () => {
    const at = profileOf(1);
    expect(at(16)).toBeGreaterThan(1.03);
    expect(at(10)).toBeLessThan(0.6);
    expect(at(0) - at(10)).toBeGreaterThan(0.05);
    expect(at(60)).toBeCloseTo(1, 1);
  });

  test("without light through the ring there is neither", () => {
    const at = profileOf(0);
    expect(Math.abs(at(20) - 1)).toBeLessThan(0.03);
    expect(Math.abs(at(0) - at(8))).toBeLessThan(0.05);
  });
});

test.each([
  ["8 bits, pixels of two samples", 64, 8],
  ["8 bits, pixels that cut samples", 50, 8],
  ["16 bits, an odd size", 33, 16],
] as const)("whole images with everything in them, %s: within a gray level", async (_, size, bits) => {
  const scenes = [0, 1].map((index) => drawScene(index, { seed, size, parameters }));
  expect(await compare(scenes, size, bits)).toBeLessThan(bits === 8 ? 0.51 : 8);
});

test("a grid of 512 samples, whose transform has passes of another radix: a field without cells is even", async () => {
  const empty = { ...discScene(1, 0), cells: [] };
  const microscope = await Microscope.open(device, { seed, size: 512, parameters, bits: 16, batch: 1 });
  const { pixels } = await microscope.expose([empty]);
  microscope.destroy();
  const background = 0.3 * 65535;
  expect(pixels.every((pixel: number) => Math.abs(pixel / background - 1) < 0.01)).toBe(true);
});

test("cells' counts, fractions and masks agree, for 200 images", async () => {
  const size = 64;
  const options = { seed: 11, size, parameters: dataPresets.thesis, masks: true, batch: 4 };
  const microscope = await Microscope.open(device, options);
  for (let first = 0; first < 200; first += 4) {
    const scenes = [0, 1, 2, 3].map((i) => drawScene(first + i, options));
    const { owners } = await microscope.expose(scenes);
    scenes.forEach((scene, i) => {
      const seen = new Set(owners.subarray(i * size * size, (i + 1) * size * size));
      const total = scene.counts.reduce((sum, count) => sum + count, 0);
      expect(total).toBe(scene.cells.length);
      expect([...seen].filter((owner) => owner > 0).sort((a, b) => a - b)).toEqual(scene.cells.map((_, k) => k + 1));
      scene.fractions.forEach((fraction, k) => expect(fraction).toBe(scene.counts[k] / total));
    });
  }
  microscope.destroy();
});

test("a mask holds the pixels inside the outline of its cell, across the edges of the field", async () => {
  const size = 64;
  const scene = { ...discScene(15, 0.1), cells: [{ cell: discScene(15, 0.1).cells[0].cell, x: 2, y: 199 }] };
  const microscope = await Microscope.open(device, { seed, size, parameters, masks: true, batch: 1 });
  const { owners } = await microscope.expose([scene]);
  microscope.destroy();
  const expected = Uint32Array.from({ length: size * size }, (_, pixel) => {
    const [x, y] = [((pixel % size) + 0.5) * (200 / size), (Math.floor(pixel / size) + 0.5) * (200 / size)];
    return outlineAt(scene.cells[0].cell, x - 2, y - 199, 200) < 1 ? 1 : 0;
  });
  expect([...owners]).toEqual([...expected]);
});

test("images beyond 1024 pixels, with masks", async () => {
  const size = 1030;
  const microscope = await Microscope.open(device, { seed, size, parameters, masks: true, batch: 1 });
  const { pixels, owners } = await microscope.expose([drawScene(0, { seed, size, parameters })]);
  microscope.destroy();
  expect(pixels.some((pixel: number) => pixel > 60)).toBe(true);
  expect(owners.subarray((size - 1) * size).some((owner) => owner > 0)).toBe(true);
});

test("takes as many scenes as it was opened for", async () => {
  const microscope = await Microscope.open(device, { seed, size: 16, parameters, batch: 1 });
  const message = "microscope: expected 1 to 1 scenes, got 2";
  await expect(microscope.expose([plain, plain])).rejects.toThrow(new UsageError(message));
  microscope.destroy();
});
