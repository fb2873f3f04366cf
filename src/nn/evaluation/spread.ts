/** Mean and standard deviation of values that come array by array, without keeping the arrays. */

/** Of each value, in float64. */
export interface Spread {
  readonly mean: Float64Array;
  /** With the divisor of the number of arrays less one. */
  readonly sd: Float64Array;
}

/** Welford's recurrence (1962), which does not cancel as sums of squares do. */
export class RunningSpread {
  readonly #mean: Float64Array;
  readonly #squares: Float64Array;
  #count = 0;

  constructor(length: number) {
    this.#mean = new Float64Array(length);
    this.#squares = new Float64Array(length);
  }

  /** @param values as many as there are means. */
  add(values: ArrayLike<number>): void {
    this.#count += 1;
    for (let i = 0; i < this.#mean.length; i++) {
      const before = values[i]! - this.#mean[i]!;
      this.#mean[i]! += before / this.#count;
      this.#squares[i]! += before * (values[i]! - this.#mean[i]!);
    }
  }

  /** After two arrays or more. */
  result(): Spread {
    return { mean: this.#mean.slice(), sd: this.#squares.map((sum) => Math.sqrt(sum / (this.#count - 1))) };
  }
}
