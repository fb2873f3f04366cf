/** Where training stands, as the metadata of a checkpoint's .safetensors file. */
import { z } from "zod";
import { DataError } from "../errors.ts";
import { initialCallbacks } from "./callbacks/callbacks.ts";
import { callbackStateSchema } from "./callbacks/schemas.ts";
import type { Progress } from "./checkpoint.ts";

export const progressMetadata = ({ epoch, step, stepOfEpoch, best, callbacks }: Progress): Record<string, string> => ({
  epoch: String(epoch),
  step: String(step),
  stepOfEpoch: String(stepOfEpoch),
  best: JSON.stringify(best),
  callbacks: JSON.stringify(callbacks),
});

/** Checkpoints from before there were callbacks have none, and none had acted. */
const callbacksSchema = callbackStateSchema.default(initialCallbacks);
const bestSchema = z.nullable(z.strictObject({ epoch: z.int().positive(), valLoss: z.number() }));

/** @throws DataError if the counters are missing or are no numbers. */
export function parseProgress(metadata: Readonly<Record<string, string>>, source: string): Progress {
  const refuse = (name: string) =>
    new DataError(
      `${source}: expected the counter "${name}" of a run's checkpoint, got ${metadata[name] ?? "none"}. ` +
        "A file of weights only can be started from with --init-from.",
    );
  const counter = (name: string): number => {
    const text = metadata[name] ?? "";
    if (!/^\d+$/.test(text)) throw refuse(name);
    return Number(text);
  };
  const counters = { epoch: counter("epoch"), step: counter("step"), stepOfEpoch: counter("stepOfEpoch") };
  const best = bestSchema.safeParse(parseJson(metadata["best"]));
  if (!best.success) throw refuse("best");
  const { callbacks: saved } = metadata;
  const callbacks = callbacksSchema.safeParse(saved === undefined ? undefined : (parseJson(saved) ?? null));
  if (!callbacks.success) throw refuse("callbacks");
  return { ...counters, best: best.data, callbacks: callbacks.data };
}

function parseJson(text = ""): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
