/** The two-dimensional Fourier transform in float64, by its sums. */

/** Of [grid, grid] values in place: sums over rows, then over columns, of value * exp(sign * 2 pi i k j / grid). */
export function transform(real: Float64Array, imaginary: Float64Array, grid: number, sign: 1 | -1): void {
  const cosines = Float64Array.from({ length: grid }, (_, k) => Math.cos((2 * Math.PI * k) / grid));
  const sines = Float64Array.from({ length: grid }, (_, k) => sign * Math.sin((2 * Math.PI * k) / grid));
  for (const [step, stride] of [
    [1, grid],
    [grid, 1],
  ] as const) {
    for (let line = 0; line < grid; line++) {
      const from = line * stride;
      const a = Float64Array.from({ length: grid }, (_, j) => real[from + j * step]);
      const b = Float64Array.from({ length: grid }, (_, j) => imaginary[from + j * step]);
      for (let k = 0; k < grid; k++) {
        let [re, im] = [0, 0];
        for (let j = 0; j < grid; j++) {
          const turn = (k * j) % grid;
          re += a[j] * cosines[turn] - b[j] * sines[turn];
          im += a[j] * sines[turn] + b[j] * cosines[turn];
        }
        real[from + k * step] = re;
        imaginary[from + k * step] = im;
      }
    }
  }
}
