/** What of a command's JSON document is worth a line of a table. */
import { z } from "zod";
import { figure, percent } from "./bench-run.ts";

const estimate = z.object({ median: z.number(), low: z.number(), high: z.number() });
const named = z.object({ name: z.string() });

const headlines = [
  headline(
    z.object({ adapter: named, copyGBps: z.number(), fmaGflops: z.number() }),
    ({ adapter, copyGBps, fmaGflops }) =>
      `${adapter.name}: ${figure(fmaGflops)} GFLOP/s, ${figure(copyGBps)} GB/s at best`,
  ),
  headline(
    z.object({
      kind: z.literal("kernels"),
      rows: z.array(z.object({ shareOfPeak: z.number() })),
      wrong: z.array(named),
    }),
    ({ rows, wrong }) => {
      const shares = rows.map(({ shareOfPeak }) => shareOfPeak);
      const range = `${percent(Math.min(...shares))} to ${percent(Math.max(...shares))} of peak`;
      return `${rows.length} right${rows.length > 0 ? `, ${range}` : ""}; ${wrong.length} wrong`;
    },
  ),
  headline(
    z.object({
      ...{ kind: z.literal("step"), batch: z.number(), size: z.number(), msPerStep: estimate },
      ...{ firstStepMs: z.number(), gflops: z.number(), shareOfPeak: z.number() },
    }),
    ({ batch, size, msPerStep: { median, low, high }, firstStepMs, gflops, shareOfPeak }) =>
      `${figure(median)} ms [${figure(low)}, ${figure(high)}] a step of ${batch} at ${size} x ${size}, ` +
      `${figure(gflops)} GFLOP/s, ${percent(shareOfPeak)} of peak; the first ${figure(firstStepMs)} ms`,
  ),
  headline(
    z.object({
      ...{ kind: z.literal("roofline"), sumMs: z.number() },
      ops: z.array(z.object({ name: z.string(), share: z.number() })),
    }),
    ({ sumMs, ops }) => {
      const largest = [...ops].sort((a, b) => b.share - a.share).slice(0, 3);
      return `${figure(sumMs)} ms of launches: ${largest.map(({ name, share }) => `${name} ${percent(share)}`).join(", ")}`;
    },
  ),
  headline(
    z.object({
      kind: z.literal("tune"),
      sites: z.array(
        z.object({ fastest: z.string().nullable(), variants: z.array(named.extend({ wrong: z.string().nullable() })) }),
      ),
    }),
    ({ sites }) => {
      const changed = sites.filter(({ fastest, variants }) => fastest !== null && fastest !== variants[0]?.name);
      const wrong = sites.flatMap(({ variants }) => variants.filter((own) => own.wrong !== null));
      return `${sites.length} sites, ${changed.length} with another variant than before; ${wrong.length} variants wrong`;
    },
  ),
  headline(
    z.object({
      ...{ kind: z.literal("peers"), agrees: z.boolean() },
      rows: z.array(z.object({ system: z.string(), msPerStep: z.number(), ratio: estimate })),
    }),
    ({ agrees, rows }) => {
      const systems = rows.map(
        ({ system, msPerStep, ratio }) => `${system} ${figure(msPerStep)} ms (${figure(ratio.median)})`,
      );
      return `${systems.join(", ")}${agrees ? "" : "; they do not agree"}`;
    },
  ),
  headline(
    z.object({
      kind: z.literal("scaling"),
      rows: z.array(z.object({ name: z.string(), msPerImage: z.number() })),
      skipped: z.array(named),
    }),
    ({ rows, skipped }) => {
      const [best] = [...rows].sort((a, b) => a.msPerImage - b.msPerImage);
      return `${rows.length} steps, ${skipped.length} left out; least ${figure(best?.msPerImage ?? 0)} ms an image: ${best?.name ?? ""}`;
    },
  ),
  headline(
    z.object({ kind: z.literal("memory"), plannedBytes: z.number(), peakBytes: z.number() }),
    ({ plannedBytes, peakBytes }) => `${figure(peakBytes / 1e6)} MB at most, ${figure(plannedBytes / 1e6)} MB planned`,
  ),
  headline(
    z.object({
      ...{ epochs: z.number(), steps: z.number(), seconds: z.number() },
      best: z.object({ epoch: z.number(), valLoss: z.number() }).nullable(),
    }),
    ({ epochs, steps, seconds, best }) =>
      `${epochs} epochs, ${steps} steps in ${seconds.toFixed(1)} s` +
      (best ? `; validation loss ${best.valLoss.toFixed(5)} after epoch ${best.epoch}` : ""),
  ),
  headline(
    z.object({ split: z.string(), n: z.number(), mse: z.number(), mae: z.number(), r2: z.number().nullable() }),
    ({ split, n, mse, mae, r2 }) =>
      `${split}, ${n} images: MSE ${mse.toFixed(5)}, MAE ${mae.toFixed(4)}, R2 ${r2?.toFixed(3) ?? "none"}`,
  ),
  headline(
    z.object({ data: z.string(), count: z.number(), size: z.number() }),
    ({ count, size }) => `${count} images of ${size} x ${size}`,
  ),
];

/** A line of a document if it is of this shape. */
function headline<Shape>(shape: z.ZodType<Shape>, show: (document: Shape) => string) {
  return (document: unknown): string | undefined => {
    const { success, data } = shape.safeParse(document);
    return success ? show(data) : undefined;
  };
}

/** What was measured, in one line; nothing for a document of a kind that is not known. */
export function headlineOf(document: unknown): string {
  for (const show of headlines) {
    const line = show(document);
    if (line !== undefined) return line;
  }
  return "";
}
