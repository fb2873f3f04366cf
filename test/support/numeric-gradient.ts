/**
 * The gradient of `sum(dy * f(x))` with respect to x by central differences, in float64.
 *
 * @param epsilon the step: 1e-4 where f is piecewise linear (no truncation error, and rounding stays near 1e-12), less
 * where it is curved.
 */
export function numericGradient(
  f: (x: Float64Array) => ArrayLike<number>,
  x: Float64Array,
  dy: ArrayLike<number>,
  epsilon: number,
): Float64Array {
  const moved = Float64Array.from(x);
  return x.map((value, i) => {
    moved[i] = value + epsilon;
    const above = f(moved);
    moved[i] = value - epsilon;
    const below = f(moved);
    moved[i] = value;
    let slope = 0;
    // Subtracting element by element loses fewer digits than subtracting two sums.
    for (let o = 0; o < dy.length; o++) slope += dy[o] * (above[o] - below[o]);
    return slope / (2 * epsilon);
  });
}
