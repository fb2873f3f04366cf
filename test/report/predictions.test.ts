import { expect, test } from "vitest";
import { parsePredictions } from "../../src/report/predictions.ts";

const header = "image,split,a,b,a.predicted,b.predicted";

test("labels and predictions, row by row, with names that CSV quotes", () => {
  expect(
    parsePredictions(`${header}\n"x, y.png",test,0.25,0.75,0.5,-0.125\nz.png,train,1,0,1,1e-3\n`, "p.csv"),
  ).toEqual({
    outputs: ["a", "b"],
    rows: [
      { image: "x, y.png", split: "test", actual: [0.25, 0.75], predicted: [0.5, -0.125] },
      { image: "z.png", split: "train", actual: [1, 0], predicted: [1, 0.001] },
    ],
  });
});

test.each([
  ["", 'p.csv: expected a header such as "image,split,a,b,a.predicted,b.predicted", got ""'],
  [
    "image,split,a,b.predicted\n",
    'p.csv: expected a header such as "image,split,a,b,a.predicted,b.predicted", got "image,split,a,b.predicted"',
  ],
  [`${header}\nx,test,1,2,3\n`, "p.csv, row 2: expected 6 fields as in the header, got 5"],
  [`${header}\nx,tset,1,2,3,4\n`, 'p.csv, row 2: expected a split of train, validation, test, got "tset"'],
  [`${header}\nx,test,1,2,3,\n`, 'p.csv, row 2: expected finite numbers, got ""'],
  [`${header}\nx,test,1,2,3,NaN\n`, 'p.csv, row 2: expected finite numbers, got "NaN"'],
])("refuses %j", (text, message) => {
  expect(() => parsePredictions(text, "p.csv")).toThrow(message);
});
