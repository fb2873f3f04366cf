import { expect, test } from "vitest";
import { type Key, threefry } from "../src/rng.ts";

// Known answers of Random123, the authors' own library: examples/kat_vectors, "threefry2x32 20".
test.each<[counter: Key, key: Key, words: Key]>([
  [
    [0, 0],
    [0, 0],
    [0x6b200159, 0x99ba4efe],
  ],
  [
    [0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x1cb996fc, 0xbb002be7],
  ],
  [
    [0x243f6a88, 0x85a308d3],
    [0x13198a2e, 0x03707344],
    [0xc4923a9c, 0x483df7a0],
  ],
])("threefry of counter %j under key %j", (counter, key, words) => {
  expect(threefry(key, counter)).toEqual(words);
});
