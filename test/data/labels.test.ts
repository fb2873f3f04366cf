import { describe, expect, test } from "vitest";
import { parseLabels } from "../../src/data/labels.ts";
import { DataError, UsageError } from "../../src/errors.ts";

const parse = (text: string, labelColumns?: readonly string[]) => parseLabels(text, "d/labels.csv", labelColumns);

describe("labels.csv", () => {
  test("gives the outputs and one row per image, in order", () => {
    expect(parse("image,a,b\nx.png,1,-2.5\ny.png,1e-3,.5\n")).toEqual({
      outputs: ["a", "b"],
      rows: [
        { image: "x.png", values: [1, -2.5], where: "d/labels.csv row 2" },
        { image: "y.png", values: [0.001, 0.5], where: "d/labels.csv row 3" },
      ],
    });
  });
  test("labelColumns selects and orders; other columns need not be numbers", () => {
    const { outputs, rows } = parse("image,a,well,b\nx.png,1,B02,3\n", ["b", "a"]);
    expect([outputs, rows[0].values]).toEqual([
      ["b", "a"],
      [3, 1],
    ]);
  });
  test("CRLF, quotes, spaces and blank rows are read as a spreadsheet means them", () => {
    expect(parse('image, a\r\n\r\n"x, 1.png", 2\r\n\r\n')).toEqual({
      outputs: ["a"],
      rows: [{ image: "x, 1.png", values: [2], where: "d/labels.csv row 3" }],
    });
  });

  test.each<[string, string, string, (readonly string[])?]>([
    [
      "an empty file",
      "",
      ': expected a header of an image column and one column per output, such as "image,a,b", got none; add it as the first row',
    ],
    [
      "no header",
      "x.png,1\ny.png,2\n",
      ': expected a header of an image column and one column per output, such as "image,a,b", got the labels "x.png,1"; add it as the first row',
    ],
    [
      "no label column",
      "image;a\nx.png;1\n",
      ': expected a header of an image column and one column per output, such as "image,a,b", got only "image;a"; separate the columns by commas',
    ],
    [
      "an unnamed column",
      "image,a,\nx.png,1,\n",
      ': expected a header of an image column and one column per output, such as "image,a,b", got an unnamed label column in "image,a,"',
    ],
    [
      "a repeated column",
      "image,a,a\nx.png,1,2\n",
      ': expected a header of an image column and one column per output, such as "image,a,b", got "a" twice; rename one',
    ],
    ["only a header", "image,a\n", ": expected at least one row of labels, got only a header"],
    ["an unknown column", "image,a,b\nx.png,1,2\n", ': expected label columns among a, b, got "c"', ["a", "c"]],
    ["a short row", "image,a,b\nx.png,1,2\ny.png,1\n", " row 3: expected 3 fields as in the header, got 2 (y.png,1)"],
    ["a long row", "image,a\nx.png,1,5\n", " row 2: expected 2 fields as in the header, got 3 (x.png,1,5)"],
    ["a nameless row", "image,a\n,1\n", " row 2: expected an image's file name in the first column, got nothing"],
    [
      "a repeated image",
      "image,a\nx.png,1\ny.png,1\n\nx.png,2\n",
      ' row 5: expected each image once, got "x.png" again (first in row 2); remove one',
    ],
    ...["many", "NaN", "inf", "Infinity", "0x10", "1,5", "1e39", "1 2", "--1"].map(
      (value): [string, string, string] => [
        value,
        `image,a\nx.png,"${value}"\n`,
        ` row 2, column "a": expected a finite number, got "${value}"; mend it or choose other columns with labelColumns (--label-columns)`,
      ],
    ),
    [
      "an empty value",
      "image,a,b\nx.png,1,\n",
      ' row 2, column "b": expected a finite number, got nothing; mend it or choose other columns with labelColumns (--label-columns)',
    ],
  ])("refuses %s", (_, text, message, labelColumns) => {
    expect(() => parse(text, labelColumns)).toThrow(new DataError(`d/labels.csv${message}`));
  });

  test.each(["image", "uncertainty", "doubtful"])("refuses an output named %s, which predictions have", (name) => {
    const text = `id,a,${name}\nx.png,1,2\n`;
    expect(() => parse(text)).toThrow(
      `d/labels.csv: expected outputs of other names than image, uncertainty, doubtful`,
    );
    expect(parse(text, ["a"]).outputs).toEqual(["a"]);
  });

  test.each([[[]], [["a", "a"]]])("refuses the selection %j", (labelColumns) => {
    expect(() => parse("image,a\nx.png,1\n", labelColumns)).toThrow(
      new UsageError(`labelColumns: expected one or more different columns, got [${labelColumns.join(", ")}]`),
    );
  });
});
