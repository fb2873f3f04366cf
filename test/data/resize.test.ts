import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { GrayImage } from "../../src/data/image.ts";
import { resize } from "../../src/data/resize.ts";
import type { Pair } from "../../src/shape.ts";

const imageOf = (height: number, width: number, value: (i: number) => number): GrayImage => ({
  height,
  width,
  pixels: Uint8Array.from({ length: height * width }, (_, i) => value(i)),
});
/** The formula of golden/make-cv2.py. */
const patterned = (height: number, width: number) =>
  imageOf(height, width, (i) => Math.floor((i * i * 31 + i * 17 + 5) / 3) % 256);

/** Every output pixel as the integral of the piecewise constant image over its rectangle, in float64. */
function areaReference(image: GrayImage, [height, width]: Pair): number[] {
  const overlap = (i: number, o: number, scale: number) =>
    Math.max(0, Math.min(i + 1, (o + 1) * scale) - Math.max(i, o * scale));
  const [scaleY, scaleX] = [image.height / height, image.width / width];
  return Array.from({ length: height * width }, (_, at) => {
    const [y, x] = [Math.floor(at / width), at % width];
    let sum = 0;
    for (let i = 0; i < image.height; i++)
      for (let j = 0; j < image.width; j++)
        sum += overlap(i, y, scaleY) * overlap(j, x, scaleX) * image.pixels[i * image.width + j];
    return sum / (scaleY * scaleX);
  });
}

/** Bilinear interpolation at half-pixel centres with repeated borders, in float64. */
function linearReference(image: GrayImage, [height, width]: Pair): number[] {
  const clamp = (v: number, length: number) => Math.min(Math.max(v, 0), length - 1);
  return Array.from({ length: height * width }, (_, at) => {
    const y = clamp(((Math.floor(at / width) + 0.5) * image.height) / height - 0.5, image.height);
    const x = clamp((((at % width) + 0.5) * image.width) / width - 0.5, image.width);
    let sum = 0;
    for (const i of [Math.floor(y), Math.floor(y) + 1])
      for (const j of [Math.floor(x), Math.floor(x) + 1]) {
        const pixel = image.pixels[clamp(i, image.height) * image.width + clamp(j, image.width)];
        sum += (1 - Math.abs(y - i)) * (1 - Math.abs(x - j)) * pixel;
      }
    return sum;
  });
}

const shrinking: [string, Pair, Pair][] = [
  ["a factor of four", [16, 24], [4, 6]],
  ["fractions", [13, 17], [5, 7]],
  ["one axis only", [9, 20], [9, 7]],
  ["to one pixel", [5, 7], [1, 1]],
  ["by less than one pixel", [12, 11], [11, 10]],
];

describe("area", () => {
  test.each(shrinking)("is the rounded average: %s", (_, [h, w], size) => {
    const image = patterned(h, w);
    const { pixels } = resize(image, size, "area");
    areaReference(image, size).forEach((average, i) => expect(Math.abs(pixels[i] - average)).toBeLessThan(0.5 + 1e-9));
  });
  test("rounds halves up", () => {
    expect([...resize({ height: 1, width: 4, pixels: Uint8Array.of(0, 1, 2, 3) }, [1, 2], "area").pixels]).toEqual([
      1, 3,
    ]);
  });
  test("keeps a constant image", () => {
    expect(
      new Set(
        resize(
          imageOf(52, 69, () => 255),
          [13, 12],
          "area",
        ).pixels,
      ),
    ).toEqual(new Set([255]));
  });
  test.each<[string, Pair]>([
    ["both axes", [9, 8]],
    ["one axis", [3, 8]],
  ])("interpolates where an image grows: %s", (_, size) =>
    expect(resize(patterned(5, 6), size, "area")).toEqual(resize(patterned(5, 6), size, "cv2-linear")),
  );
});

describe("cv2-linear", () => {
  const golden = JSON.parse(readFileSync(new URL("golden/cv2-linear.json", import.meta.url), "utf8")) as {
    cases: { input: Pair; output: Pair; pixels: number[] }[];
    wide: { input: Pair; output: Pair; sha256: string };
  };
  test.each(golden.cases)("is OpenCV's, bit for bit: $input to $output", ({ input, output, pixels }) => {
    const resized = resize(patterned(...input), output, "cv2-linear");
    expect([resized.height, resized.width]).toEqual(output);
    expect([...resized.pixels]).toEqual(pixels);
  });

  test("rounds weights halfway between two to even, as OpenCV does", () => {
    const { input, output, sha256 } = golden.wide;
    const { pixels } = resize(patterned(...input), output, "cv2-linear");
    expect(createHash("sha256").update(pixels).digest("hex")).toBe(sha256);
  });

  test.each<[string, Pair, Pair]>([...shrinking, ["larger", [7, 5], [13, 11]]])(
    "is within one gray level of exact interpolation: %s",
    (_, [h, w], size) => {
      const image = patterned(h, w);
      const { pixels } = resize(image, size, "cv2-linear");
      linearReference(image, size).forEach((value, i) => expect(Math.abs(pixels[i] - value)).toBeLessThan(1));
    },
  );

  describe("four times smaller, it is (a + b + c + d + 2) >> 2 of the middle of each 4 x 4", () => {
    const expectFormula = (image: GrayImage) => {
      const [rows, columns] = [image.height / 4, image.width / 4];
      const { pixels } = resize(image, [rows, columns], "cv2-linear");
      const at = (y: number, x: number) => image.pixels[y * image.width + x];
      const expected = pixels.map((_, i) => {
        const [y, x] = [4 * Math.floor(i / columns) + 1, 4 * (i % columns) + 1];
        return (at(y, x) + at(y, x + 1) + at(y + 1, x) + at(y + 1, x + 1) + 2) >> 2;
      });
      expect(pixels).toEqual(expected);
    };
    /** One 4 x 4 block after another in a row; `value` of the block and the place in it. */
    const blocks = (count: number, value: (block: number, place: number) => number) =>
      imageOf(4, 4 * count, (i) => value(Math.floor((i % (4 * count)) / 4), 4 * Math.floor(i / (4 * count)) + (i % 4)));

    test("random images of random sizes", () => {
      const side = fc.integer({ min: 1, max: 5 });
      const values = fc.uint8Array({ minLength: 400, maxLength: 400 });
      fc.assert(
        fc.property(side, side, values, (rows, columns, random) =>
          expectFormula(imageOf(4 * rows, 4 * columns, (i) => random[i])),
        ),
        { seed: 1 },
      );
    });
    test.each([
      ["black and white", 0, 255],
      ["of two neighbouring levels", 127, 128],
    ])("all 65536 blocks %s", (_, low, high) =>
      expectFormula(blocks(65536, (block, place) => ((block >> place) & 1 ? high : low))),
    );
    test("every sum of the middle, in every remainder of 4", () => {
      const middle = [5, 6, 9, 10];
      expectFormula(blocks(1021, (sum, place) => Math.floor((sum + middle.indexOf(place)) / 4) % 256));
    });
    test("one pixel of each value at each place: 12 of 16 are ignored", () => {
      const image = blocks(16 * 256, (block, place) => (place === block % 16 ? Math.floor(block / 16) : 0));
      expectFormula(image);
      const { pixels } = resize(image, [1, 16 * 256], "cv2-linear");
      const seen = new Set(Array.from(pixels).flatMap((pixel, block) => (pixel > 0 ? [block % 16] : [])));
      expect([...seen].sort((a, b) => a - b)).toEqual([5, 6, 9, 10]);
    });
  });
});

test.each(["area", "cv2-linear"] as const)("an image of the size asked for is left as it is: %s", (method) => {
  const image = patterned(5, 6);
  expect(resize(image, [5, 6], method)).toBe(image);
});

test.each<[Pair]>([[[0, 4]], [[4, 2.5]], [[-1, 4]]])("size %j is refused", (size) => {
  expect(() => resize(patterned(5, 6), size, "area")).toThrow(
    `resize: expected a size of two positive integers, got [${size.join(", ")}]`,
  );
});
