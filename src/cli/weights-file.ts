import { DataError } from "../errors.ts";
import { readSafetensors, type Safetensors } from "../nn/safetensors.ts";

/** What a .safetensors file of a user holds. @throws DataError with the cure for a damaged one. */
export function readWeightsFile(bytes: Uint8Array, file: string): Safetensors {
  try {
    return readSafetensors(bytes, file);
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    throw new DataError(`${cause.message}. The file is damaged or of another kind: copy or write it again.`, { cause });
  }
}
