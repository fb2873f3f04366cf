/**
 * Student's t distribution with `freedom` degrees of freedom, in float64.
 *
 * P(|T| > t) = I_x(freedom / 2, 1 / 2) with x = freedom / (freedom + t²), where I is the regularised incomplete beta
 * function (Abramowitz and Stegun 26.7.1), here by its continued fraction (DLMF 8.17.22).
 */
import { UsageError } from "../errors.ts";

/** P(|T| > |t|): the p-value of a two-sided test. @throws UsageError if `freedom` is not positive. */
export function studentTwoSided(t: number, freedom: number): number {
  requireFreedom(freedom);
  const square = t * t;
  return incompleteBeta(freedom / (freedom + square), square / (freedom + square), freedom / 2, 0.5);
}

/**
 * The t with P(|T| <= t) = confidence: half the width of an interval, in standard errors.
 *
 * @param confidence in [0, 1), such as 0.95.
 * @throws UsageError if a number is out of range.
 */
export function studentQuantile(confidence: number, freedom: number): number {
  requireFreedom(freedom);
  if (!(confidence >= 0 && confidence < 1)) {
    throw new UsageError(`student: expected a confidence from 0 to below 1, got ${confidence}`);
  }
  const inside = (t: number) => 1 - studentTwoSided(t, freedom);
  let high = 1;
  while (inside(high) < confidence) high *= 2;
  let low = 0;
  // Halves the bracket until its middle is one of its ends: as exact as float64 has it.
  for (let middle = high / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (inside(middle) < confidence) low = middle;
    else high = middle;
  }
  return high;
}

function requireFreedom(freedom: number): void {
  if (freedom > 0 && Number.isFinite(freedom)) return;
  throw new UsageError(`student: expected a positive number of degrees of freedom, got ${freedom}`);
}

/** I_x(a, b). @param y 1 - x, given on its own since that difference would cancel. */
function incompleteBeta(x: number, y: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  // The fraction converges fast below the mean; beyond it, I_x(a, b) = 1 - I_y(b, a).
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(y, x, b, a);
  const logBeta = logGamma(a) + logGamma(b) - logGamma(a + b);
  return Math.exp(a * Math.log(x) + b * Math.log(y) - logBeta) / (a * betaFraction(x, a, b));
}

/** 1 + d1 / (1 + d2 / (1 + …)) of DLMF 8.17.22, by Lentz's method, for x below (a + 1) / (a + b + 2). */
function betaFraction(x: number, a: number, b: number): number {
  const mostTerms = 10_000;
  let [value, c, d] = [1, 1, 0];
  for (let term = 1; term <= mostTerms; term++) {
    const m = Math.floor(term / 2);
    const numerator =
      term % 2 === 0
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + numerator * d);
    c = 1 + numerator / c;
    value *= c * d;
    if (Math.abs(c * d - 1) < Number.EPSILON) break;
  }
  return value;
}

/** Lanczos's approximation of ln Γ with g = 7 and nine terms, for positive arguments: relative error about 1e-15. */
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

function logGamma(x: number): number {
  const [first, ...others] = lanczos;
  const sum = others.reduce((total, coefficient, i) => total + coefficient / (x + i), first as number);
  const shifted = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(shifted) - shifted + Math.log(sum);
}
