/** What a thread that reads images is asked, and how it answers. */
import { DataError } from "../errors.ts";
import { type ReadImage, readImage, type ReadingPlan } from "./read-image.node.ts";

export interface Job {
  readonly id: number;
  readonly path: string;
}

export type Answer = { readonly id: number } & ({ readonly image: ReadImage } | { readonly failure: Failure });

/** An error without its class, which no thread can send. */
interface Failure {
  readonly isData: boolean;
  readonly message: string;
  readonly stack: string | undefined;
}

/** Does a job; never rejects. */
export async function answerTo({ id, path }: Job, plan: ReadingPlan): Promise<Answer> {
  try {
    return { id, image: await readImage(path, plan) };
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { id, failure: { isData: error instanceof DataError, message, stack } };
  }
}

/** The error as it was thrown in the thread. */
export function errorOf({ isData, message, stack }: Failure): Error {
  const error = isData ? new DataError(message) : new Error(message);
  return stack === undefined ? error : Object.assign(error, { stack });
}
