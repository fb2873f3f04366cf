/** Before the tests: a fresh bundle, which the command line's tests and the threads that read images run. */
import { bundle, isStale } from "./build.mjs";

export async function setup() {
  if (await isStale()) await bundle();
}
