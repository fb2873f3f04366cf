/** uncertainty.json as text. */
import { expect, test } from "vitest";
import { DataError } from "../../../src/errors.ts";
import { parseDoubtThreshold } from "../../../src/nn/evaluation/doubt-threshold.ts";

const threshold = { threshold: 0.02, images: 750, samples: 30, seed: 0 };

test("what is written is read back", () => {
  expect(parseDoubtThreshold(JSON.stringify(threshold), "u.json")).toEqual(threshold);
});

test.each([
  ["other text", "none", "got other text"],
  ["a negative threshold", JSON.stringify({ ...threshold, threshold: -1 }), "got a mistake at $.threshold"],
  ["nothing of the images", JSON.stringify({ ...threshold, images: undefined }), "got a mistake at $.images"],
  ["a single sample", JSON.stringify({ ...threshold, samples: 1 }), "got a mistake at $.samples"],
])("%s is refused", (_, text, got) => {
  const read = () => parseDoubtThreshold(text, "u.json");
  expect(read).toThrow(DataError);
  expect(read).toThrow(`u.json: expected JSON { threshold, images, samples, seed }, ${got}`);
  expect(read).toThrow(/Write it again with cellgrad evaluate RUN --uncertainty$/);
});
