/** The two-dimensional Fourier transform as launches: shaders/fft.wgsl. */
import source from "../../../shaders/fft.wgsl?raw";
import { ShapeError } from "../../errors.ts";
import { defineKernel } from "../../gpu/kernel.ts";
import type { Program } from "../../gpu/program.ts";
import { pinned, type Tensor } from "../../gpu/tensor.ts";

const kernel = defineKernel("fft", source);
const workgroupSize = 16;

/** exp(-2 pi i k / length) for k < length, as (real, imaginary) pairs. */
export function rootsOfUnity(length: number): Tensor {
  const angle = (k: number) => (-2 * Math.PI * k) / length;
  const values = Float32Array.from({ length: 2 * length }, (_, i) =>
    i % 2 === 0 ? Math.cos(angle(i / 2)) : Math.sin(angle((i - 1) / 2)),
  );
  return pinned("roots", [length, 2], "f32", values);
}

/** Radices of the passes, largest first. @throws ShapeError unless length is a power of two from 64 on. */
export function radicesOf(length: number): readonly (4 | 8)[] {
  const bits = Math.log2(length);
  if (!Number.isInteger(bits) || bits < 6) {
    throw new ShapeError(`fft: expected a length of a power of two from 64 on, got ${length}`);
  }
  const fours = (3 - (bits % 3)) % 3; // 2 bits each; the other passes take 3
  return [...Array<8>((bits - 2 * fours) / 3).fill(8), ...Array<4>(fours).fill(4)];
}

/** Records the transform of complex images [N, length, length, 2], along rows and then columns. */
export function fourierTransform(program: Program, x: Tensor, roots: Tensor): Tensor {
  const [images = 0, length = 0] = x.shape;
  const radices = radicesOf(length);
  let current = x;
  for (const columns of [false, true]) {
    let span = 1;
    for (const radix of radices) {
      const y = program.tensor("spectrum", x.shape);
      program.launch(kernel, radix === 8 ? "radix8" : "radix4", {
        constants: { length, span, columns },
        bindings: { x: current, roots, y },
        workgroups: [Math.ceil(length / radix / workgroupSize), length, images],
        flops: images * length * length * (radix === 8 ? 15 : 10),
      });
      current = y;
      span *= radix;
    }
  }
  return current;
}
