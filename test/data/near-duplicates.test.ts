/** Copies that were turned, mirrored, made brighter and noisy, among images that only look a little alike. */
import { describe, expect, test } from "vitest";
import { generateDataset } from "../../src/data/generator/generate.ts";
import { dataPresets } from "../../src/data/generator/presets.ts";
import { nearDuplicateGroups } from "../../src/data/near-duplicates.ts";
import { orientations } from "../../src/data/orientations.ts";
import { RandomStream } from "../../src/rng.ts";
import { openTestDevice } from "../support/device.ts";

const size = 64;
const length = size * size;

/** Rows of spots on a gradient that all images share. */
function spots(count: number, seed = 1, side = size): Uint8Array[] {
  const stream = new RandomStream(seed, "spots");
  return Array.from({ length: count }, () => {
    const pixels = Array.from({ length: side * side }, (_, i) => 60 + (40 * (i % side)) / side);
    for (let spot = 0; spot < 12; spot++) {
      const [y, x, radius] = [side * stream.uniform(), side * stream.uniform(), side * stream.uniform(0.03, 0.08)];
      pixels.forEach((_, i) => {
        const squared = (Math.floor(i / side) - y) ** 2 + ((i % side) - x) ** 2;
        pixels[i] += 70 * Math.exp(-squared / (2 * radius ** 2));
      });
    }
    return Uint8Array.from(pixels, (value) => Math.min(255, value));
  });
}

/** Mirrored, then turned anticlockwise, pixel by pixel to where it comes to lie. */
function laid(image: Uint8Array, mirrored: boolean, turned: number, side = size): Uint8Array {
  let from = image;
  const moved = (to: (y: number, x: number) => number) => {
    const pixels = new Uint8Array(image.length);
    from.forEach((value, i) => (pixels[to(Math.floor(i / side), i % side)] = value));
    from = pixels;
  };
  if (mirrored) moved((y, x) => y * side + side - 1 - x);
  for (let angle = 0; angle < turned; angle += 90) moved((y, x) => (side - 1 - x) * side + y);
  return from;
}

function retouched(image: Uint8Array, gain: number, offset: number, noise: number): Uint8Array {
  const stream = new RandomStream(9, "noise");
  return image.map((value) => Math.min(255, Math.max(0, Math.round(gain * value + offset + noise * stream.normal()))));
}

const joined = (images: readonly Uint8Array[]) => Uint8Array.from(images.flatMap((image) => [...image]));
const groupsOf = (images: readonly Uint8Array[], side = size) => nearDuplicateGroups(joined(images), [side, side]);

describe("a copy", () => {
  test.each(orientations)("turned by $turned, mirrored: $mirrored, with less contrast, brighter and noisy", (how) => {
    const images = spots(6);
    const copy = retouched(laid(images[2], how.mirrored, how.turned), 0.8, 30, 3);
    const [group, ...others] = groupsOf([...images, copy]) ?? [];
    expect(others).toEqual([]);
    expect(group.images).toEqual([2, 6]);
    expect(group.likenesses).toEqual([{ image: 6, of: 2, ...how, correlation: expect.any(Number) as unknown }]);
    expect(group.likenesses[0].correlation).toBeGreaterThan(0.95);
    expect(group.likenesses[0].correlation).toBeLessThan(0.9999);
  });

  test("of a copy, and one with the very pixels, are in one group; equal pixels alone are in none", () => {
    const [a, b, c] = spots(3);
    const turned = laid(a, false, 90);
    expect(groupsOf([b, a, c, turned, laid(turned, true, 0), a, b])).toMatchObject([{ images: [1, 3, 4, 5] }]);
    expect(groupsOf([a, b, a, c])).toEqual([]);
  });

  test("hidden under noise as strong as the image is none", () => {
    const images = spots(4);
    expect(groupsOf([...images, retouched(images[0], 1, 0, 60)])).toEqual([]);
  });
});

test("one spot in the same place to 16 x 16 pixels does not make images alike", () => {
  const spotAt = (y: number, x: number, ring: number) =>
    Uint8Array.from({ length }, (_, i) => {
      const radius = Math.hypot(Math.floor(i / size) - y, (i % size) - x);
      return radius < 6 ? 100 + ring * (radius % 2 < 1 ? 1 : -1) : 100 - (radius < 8 ? 30 : 0);
    });
  const [plain, ringed] = [spotAt(20, 31, 20), spotAt(20, 31, -20)];
  expect(groupsOf([plain, ringed, spotAt(41, 12, 20), spotAt(50, 52, 20)])).toEqual([]);
});

test("images of one gray have nothing to compare; below 16 x 16 none has enough", () => {
  expect(groupsOf([new Uint8Array(length).fill(3), new Uint8Array(length).fill(9), ...spots(2)])).toEqual([]);
  const small = spots(3, 1, 15);
  expect(groupsOf([...small, laid(small[0], true, 0, 15)], 15)).toBeNull();
  const enough = spots(3, 1, 16);
  expect(groupsOf([...enough, laid(enough[0], true, 0, 16)], 16)).toMatchObject([{ images: [0, 3] }]);
});

test("images that are not square are compared too", () => {
  const strip = ([image]: Uint8Array[]) => image.subarray(0, 40 * size);
  const images = [spots(1, 1), spots(1, 2), spots(1, 3)].map(strip);
  const copy = images[1].map((_, i) => images[1][i - (i % size) + size - 1 - (i % size)]);
  expect(nearDuplicateGroups(joined([...images, copy]), [40, size])).toMatchObject([
    { images: [1, 3], likenesses: [{ mirrored: true, turned: 0 }] },
  ]);
});

const device = await openTestDevice();

test.each(["easy", "thesis", "hard", "dense"] as const)("of generated images, %s, no two are alike", async (preset) => {
  const { pixels } = await generateDataset(device, { seed: 1, size, count: 16, parameters: dataPresets[preset] });
  expect(nearDuplicateGroups(pixels, [size, size])).toEqual([]);
  const copy = laid(retouched(pixels.slice(3 * length, 4 * length), 1.1, -5, 4), true, 270);
  expect(nearDuplicateGroups(Uint8Array.from([...pixels, ...copy]), [size, size])).toMatchObject([
    { images: [3, 16], likenesses: [{ turned: 270, mirrored: true }] },
  ]);
});
