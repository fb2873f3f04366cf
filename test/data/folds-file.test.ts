import { expect, test } from "vitest";
import { foldsToNames, parseFolds } from "../../src/data/folds-file.ts";
import { DataError } from "../../src/errors.ts";

const images = ["a.png", "b.png", "c.png", "d.png"];
const folds = { folds: [Uint32Array.of(0, 3), Uint32Array.of(2)], test: Uint32Array.of(1) };

test("names and indices are inverse", () => {
  const named = foldsToNames(images, folds);
  expect(named).toEqual({ folds: [["a.png", "d.png"], ["c.png"]], test: ["b.png"] });
  expect(parseFolds(images, JSON.stringify(named), "folds.json")).toEqual(folds);
});

test.each([
  ["no JSON", "{", /^folds\.json: expected JSON \{ "folds": \[\[names\]\], "test": \[names\] \}, got other text \(/],
  [
    "another form",
    '{"folds": [["a.png"]], "test": []}',
    /^folds\.json: expected JSON .*, got a mistake at \$\.folds: .*>=2/,
  ],
  [
    "an image twice",
    '{"folds": [["a.png"], ["c.png", "a.png"]], "test": ["b.png", "d.png"]}',
    'expected each image of the data set once, got "a.png" twice',
  ],
  [
    "an image that is not there",
    '{"folds": [["a.png"], ["e.png"]], "test": []}',
    'expected each image of the data set once, got "e.png", which it has not',
  ],
  [
    "an image left out",
    '{"folds": [["a.png"], ["c.png"]], "test": ["d.png"]}',
    'expected each image of the data set once, got none of "b.png"',
  ],
])("%s is refused", (_, text, message) => {
  const expected = typeof message === "string" ? new DataError(`folds.json: ${message}`) : message;
  expect(() => parseFolds(images, text, "folds.json")).toThrow(expected);
});
