import { expect, test } from "vitest";
import { fourierTransform, radicesOf, rootsOfUnity } from "../../src/data/generator/fourier.ts";
import { ShapeError } from "../../src/errors.ts";
import { Program } from "../../src/gpu/program.ts";
import { openTestDevice } from "../support/device.ts";
import { feed } from "../support/run-op.ts";
import { uniform } from "../support/values.ts";

const device = await openTestDevice();

/** sum over rows i and columns j of x * exp(-2 pi i (k i + l j) / length), of image n. */
function coefficient(x: Float64Array, length: number, n: number, k: number, l: number) {
  let [real, imaginary] = [0, 0];
  for (let i = 0; i < length; i++) {
    for (let j = 0; j < length; j++) {
      const at = 2 * ((n * length + i) * length + j);
      const angle = (-2 * Math.PI * ((k * i + l * j) % length)) / length;
      real += x[at] * Math.cos(angle) - x[at + 1] * Math.sin(angle);
      imaginary += x[at] * Math.sin(angle) + x[at + 1] * Math.cos(angle);
    }
  }
  return [real, imaginary];
}

test.each([64, 128, 256, 512])(
  "a transform of length %d is the sum that defines it, for each of two images",
  async (length) => {
    const x = uniform([2, length, length, 2], 1, -1, 1);
    const program = new Program("fft", device.tuning);
    const y = program.keep(fourierTransform(program, feed("x", [2, length, length, 2], x), rootsOfUnity(length)));
    const ready = await program.finish(device);
    ready.run();
    const actual = await ready.read(y);
    const places = [
      [0, 0],
      [1, 0],
      [0, 1],
      [length / 2, 3],
      [length - 1, length - 2],
      [37, 21],
    ] as const;
    for (const n of [0, 1]) {
      for (const [k, l] of places) {
        const at = 2 * ((n * length + k) * length + l);
        const expected = coefficient(x, length, n, k, l);
        expected.forEach((value, part) => expect(Math.abs(actual[at + part] - value) / length).toBeLessThan(1e-5));
      }
    }
    ready.destroy();
  },
);

test("passes of radix 8 and 4 make up every power of two from 64 on", () => {
  for (const length of [64, 128, 256, 512, 1024, 2048]) {
    expect(radicesOf(length).reduce<number>((product, radix) => product * radix, 1)).toBe(length);
  }
});

test.each([32, 96, 100.5])("a length of %d is refused", (length) => {
  const message = `fft: expected a length of a power of two from 64 on, got ${length}`;
  expect(() => radicesOf(length)).toThrow(new ShapeError(message));
});
