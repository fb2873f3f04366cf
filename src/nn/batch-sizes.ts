import { UsageError } from "../errors.ts";

/**
 * The sizes of an epoch's batches: the full one and, where images are left over, that of the last.
 *
 * @throws UsageError if the batch is larger than the training split.
 */
export function batchSizes(images: number, batch: number): number[] {
  if (batch > images) {
    throw new UsageError(
      `--batch: expected at most the ${images} images of the training split, got ${batch}. ` +
        "Use a smaller batch or more images.",
    );
  }
  const last = images % batch;
  return last > 0 ? [batch, last] : [batch];
}
