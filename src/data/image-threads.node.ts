/** Threads that read images. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { type Answer, errorOf, type Job } from "./image-jobs.node.ts";
import type { ReadImage, ReadingPlan } from "./read-image.node.ts";

/**
 * The bundled file that a thread runs: beside the bundle that this is a part of, or in dist where this runs from a
 * source, src/data/, or from .cache/run/. Undefined where a program has bundled cellgrad in its own way.
 */
function workerFile(): URL | undefined {
  const places = ["image-worker.js", "../../dist/image-worker.js"].map((place) => new URL(place, import.meta.url));
  return places.find((place) => place.protocol === "file:" && existsSync(fileURLToPath(place)));
}

export class ImageThreads {
  readonly #threads: readonly Thread[];

  private constructor(threads: readonly Thread[]) {
    this.#threads = threads;
  }

  /** @returns undefined where there is no file that they would run. */
  static start(count: number, plan: ReadingPlan, file = workerFile()): ImageThreads | undefined {
    return file && new ImageThreads(Array.from({ length: count }, () => new Thread(file, plan)));
  }

  /** As `readImage`, by the thread with the fewest images to read. */
  read(path: string): Promise<ReadImage> {
    return this.#threads.reduce((least, thread) => (thread.jobs < least.jobs ? thread : least)).read(path);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

class Thread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #asked = 0;
  /** Why it answers no more: it ran out of memory, or could not begin. */
  #failure: Error | undefined;

  constructor(file: URL, plan: ReadingPlan) {
    this.#worker = new Worker(file, { workerData: plan });
    this.#worker.on("message", (answer: Answer) => {
      this.#pending.get(answer.id)?.resolve(answer);
      this.#pending.delete(answer.id);
    });
    this.#worker.on("error", (cause) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.#failure = new Error(`image threads: expected a thread that reads images, got one that ended: ${reason}`);
      for (const { reject } of this.#pending.values()) reject(this.#failure);
      this.#pending.clear();
    });
  }

  get jobs(): number {
    return this.#pending.size;
  }

  async read(path: string): Promise<ReadImage> {
    if (this.#failure) throw this.#failure;
    const id = this.#asked++;
    const answer = await new Promise<Answer>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ id, path } satisfies Job);
    });
    if ("failure" in answer) throw errorOf(answer.failure);
    return answer.image;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
