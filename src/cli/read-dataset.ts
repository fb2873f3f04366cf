/** Reading a data set for a command: its progress and its notes on stderr, and what was read in the user's cache folder. */
import { join } from "node:path";
import type { Dataset, DatasetOptions } from "../data/dataset.ts";
import { loadDataset } from "../data/dataset.node.ts";
import type { ImageFacts } from "../data/image.ts";
import type { ReadingOptions } from "../data/load-images.node.ts";
import { cacheFolders } from "../gpu/cache.node.ts";
import { note } from "./output.ts";
import { ProgressLine } from "./progress.ts";

interface Options extends DatasetOptions {
  /** Whether to use the cache; by default it is used. */
  readonly cache?: boolean | undefined;
}

/** @throws DataError as `loadDataset`. */
export async function readDataset(folder: string, { cache, ...options }: Options): Promise<Dataset> {
  const dataset = await ProgressLine.during((line) =>
    loadDataset(folder, { ...options, ...readingOptions(line, cache) }),
  );
  sayWhatWasTaken(dataset.facts, options.channel ?? null);
  return dataset;
}

/** Progress, notes and cache of a command that reads images. */
export function readingOptions(line: ProgressLine, cache = true): ReadingOptions {
  return {
    cacheFolder: cache ? join(cacheFolders()[0], "images") : undefined,
    onProgress: (done, total, doing) => line.show(`${doing} ${done}/${total} images`),
    onNote: (text) => {
      line.clear();
      note(text);
    },
  };
}

/** Where images hold more than one gray plane, what was read of them. */
export function sayWhatWasTaken(facts: readonly ImageFacts[], channel: number | null): void {
  const several = facts.filter(({ channels, pages }) => channels > 1 || pages > 1).length;
  if (several === 0) return;
  const which = `${several} of ${facts.length} images have several channels or pages`;
  if (channel === null) note(`${which}; the gray of the first page is read (train --channel N takes another plane)`);
  else note(`${which}; channel ${channel} is read`);
}
