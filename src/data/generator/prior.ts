/** The composition that an image's cells are drawn from. */
import { UsageError } from "../../errors.ts";
import type { RandomStream } from "../../rng.ts";
import { normalised, type Triple } from "./types.ts";

/** Three uniform numbers over their sum, or a symmetric Dirichlet distribution. */
export type PriorKind = { readonly kind: "uniforms" } | { readonly kind: "dirichlet"; readonly alpha: number };

export const showPrior = (prior: PriorKind): string =>
  prior.kind === "uniforms" ? "uniforms" : `dirichlet:${prior.alpha}`;

/** `uniforms` or `dirichlet:ALPHA`. @throws UsageError for another text. */
export function parsePrior(text: string): PriorKind {
  if (text === "uniforms") return { kind: "uniforms" };
  const alpha = /^dirichlet:(.+)$/.exec(text)?.[1];
  if (alpha === undefined) {
    throw new UsageError(`--prior: expected "uniforms" or "dirichlet:ALPHA" such as dirichlet:2, got "${text}"`);
  }
  const prior = { kind: "dirichlet", alpha: Number(alpha) } as const;
  requirePrior(prior);
  return prior;
}

/** @throws UsageError unless alpha is a number from 0.05 to 1000. */
export function requirePrior(prior: PriorKind): void {
  if (prior.kind === "uniforms" || (prior.alpha >= 0.05 && prior.alpha <= 1000)) return;
  throw new UsageError(`--prior: expected an alpha from 0.05 to 1000, got ${prior.alpha}`);
}

export function drawPrior(stream: RandomStream, prior: PriorKind): Triple {
  const draw = () => (prior.kind === "uniforms" ? 1 - stream.uniform() : gamma(stream, prior.alpha));
  return normalised([draw(), draw(), draw()]);
}

/** A gamma variate of scale 1 (Marsaglia and Tsang 2000); below 1 by the step from alpha + 1. */
function gamma(stream: RandomStream, alpha: number): number {
  if (alpha < 1) return gamma(stream, alpha + 1) * Math.pow(1 - stream.uniform(), 1 / alpha);
  const d = alpha - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = stream.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - stream.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
