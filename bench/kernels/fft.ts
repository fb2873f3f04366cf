import { fourierTransform, rootsOfUnity } from "../../src/data/generator/fourier.ts";
import { transform } from "../../test/reference/fourier.ts";
import { randomInput } from "./inputs.ts";
import { type BenchRow, type OpenRow, tolerances } from "./row.ts";

/** The microscope's transforms, of small and of large fields. */
export const fftRows = (): BenchRow[] => [rowOf(4, 128), rowOf(1, 256)];

const rowOf = (images: number, length: number): BenchRow => ({
  op: "fft",
  label: `[${images}, ${length}, ${length}] complex`,
  open: () => open(images, length),
});

function open(images: number, length: number): OpenRow {
  const x = randomInput("x", [images, length, length, 2]);
  return {
    variants: [
      {
        name: "default",
        record: (program) => {
          const y = program.within("", "data", () => fourierTransform(program, x.tensor, rootsOfUnity(length)));
          return { phase: "data", outputs: new Map([["y", y]]) };
        },
      },
    ],
    expected: () => new Map([["y", expectedOf(x.values, images, length)]]),
    tolerance: tolerances.short,
  };
}

function expectedOf(x: ArrayLike<number>, images: number, length: number): Float64Array {
  const area = length * length;
  const result = new Float64Array(2 * images * area);
  for (let image = 0; image < images; image++) {
    const part = (offset: number) => Float64Array.from({ length: area }, (_, i) => x[2 * (image * area + i) + offset]);
    const [real, imaginary] = [part(0), part(1)];
    transform(real, imaginary, length, -1);
    for (let i = 0; i < area; i++) {
      result[2 * (image * area + i)] = real[i]!;
      result[2 * (image * area + i) + 1] = imaginary[i]!;
    }
  }
  return result;
}
