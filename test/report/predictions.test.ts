/** predictions.csv as text. */
import { describe, expect, test } from "vitest";
import { DataError } from "../../src/errors.ts";
import { parsePredictions, predictionsCsv } from "../../src/report/predictions.ts";

const predictions = {
  outputs: ["round", "a,b"],
  rows: [
    { image: "img0.png", split: "train", actual: [0.25, 0.75], predicted: [Math.fround(0.1), -1e-7] },
    { image: 'a "b", c.png', split: "test", actual: [1, 0], predicted: [1.5e20, Math.fround(1 / 3)] },
  ],
};

test("what is written is read back, to the last bit", () => {
  const text = predictionsCsv(predictions);
  expect(text.split("\n")[0]).toBe('image,split,round,"a,b",round.predicted,"a,b.predicted"');
  expect(parsePredictions(text, "predictions.csv")).toEqual(predictions);
});

test("lines may end as on Windows, and an output may be named like a prediction", () => {
  const text = "image,split,a,a.predicted,a.predicted,a.predicted.predicted\r\nx.png,test,1,2,3,4\r\n";
  expect(parsePredictions(text, "p.csv")).toEqual({
    outputs: ["a", "a.predicted"],
    rows: [{ image: "x.png", split: "test", actual: [1, 2], predicted: [3, 4] }],
  });
});

describe("refused", () => {
  const header = "image,split,a,a.predicted";
  const noHeader = (got: string) =>
    `p.csv: expected a header such as "image,split,a,b,a.predicted,b.predicted", got "${got}". ` +
    "It holds no predictions of a run: cellgrad train writes them when it ends.";
  test.each([
    ["no text", "", noHeader("")],
    ["labels", "image,a,b\nx.png,1,2\n", noHeader("image,a,b")],
    ["no output", "image,split\nx.png,test\n", noHeader("image,split")],
    ["one column too many", "image,split,a,a.predicted,b\n", noHeader("image,split,a,a.predicted,b")],
    [
      "a ragged row",
      `${header}\nx.png,test,1\n`,
      "p.csv row 2: expected 4 fields as in the header, got 3 (x.png,test,1)",
    ],
    [
      "an empty value",
      `${header}\nx.png,test,1,2\ny.png,test,1,\n`,
      'p.csv row 3, column "a.predicted": expected a finite number, got ""',
    ],
    ["NaN", `${header}\nx.png,test,NaN,2\n`, 'p.csv row 2, column "a": expected a finite number, got "NaN"'],
  ])("%s", (_, text, message) => {
    expect(() => parsePredictions(text, "p.csv")).toThrow(new DataError(message));
  });
});
