import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DataError } from "../../src/errors.ts";
import { type EpochScores, historyCsv, historyLine, type HistoryRow, parseHistory } from "../../src/nn/history.ts";

const scores: EpochScores = {
  loss: 0.5,
  mse: 0.25,
  mae: 0.375,
  rmse: 0.5,
  mape: 40,
  r2: 0.75,
  keras: { rmse: 0.49, r2: 0.7 },
};
const row: HistoryRow = {
  ...scores,
  epoch: 1,
  step: 110,
  val: { ...scores, loss: 0.6, r2: null },
  trainEvaluated: { ...scores, loss: 0.7 },
  learningRate: 1e-7,
  seconds: 2.5,
  imagesPerSecond: 1400,
};

describe("historyCsv", () => {
  test("columns are paths of the row; null is an empty cell", () => {
    expect(historyCsv([row, { ...row, epoch: 2, step: 220, val: null, trainEvaluated: null }])).toBe(
      "epoch,step,loss,mse,mae,rmse,mape,r2,keras.rmse,keras.r2,val.loss,val.mse,val.mae,val.rmse,val.mape,val.r2," +
        "val.keras.rmse,val.keras.r2,trainEvaluated.loss,trainEvaluated.mse,trainEvaluated.mae,trainEvaluated.rmse," +
        "trainEvaluated.mape,trainEvaluated.r2,trainEvaluated.keras.rmse,trainEvaluated.keras.r2," +
        "learningRate,seconds,imagesPerSecond\n" +
        "1,110,0.5,0.25,0.375,0.5,40,0.75,0.49,0.7,0.6,0.25,0.375,0.5,40,,0.49,0.7," +
        "0.7,0.25,0.375,0.5,40,0.75,0.49,0.7,1e-7,2.5,1400\n" +
        "2,220,0.5,0.25,0.375,0.5,40,0.75,0.49,0.7,,,,,,,,,,,,,,,,,1e-7,2.5,1400\n",
    );
  });

  test("no rows: the header alone", () => {
    expect(historyCsv([]).split("\n")).toHaveLength(2);
  });
});

describe("JSON lines", () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0); // JSON has no -0
  const score = fc.record({
    loss: number,
    mse: number,
    mae: number,
    rmse: number,
    mape: number,
    r2: fc.option(number),
    keras: fc.record({ rmse: number, r2: number }),
  });
  const measures = fc.record({
    epoch: fc.nat(),
    step: fc.nat(),
    learningRate: number,
    seconds: number,
    imagesPerSecond: number,
  });
  const rows = fc
    .tuple(score, measures, fc.option(score), fc.option(score))
    .map(([own, measured, val, trainEvaluated]): HistoryRow => ({ ...own, ...measured, val, trainEvaluated }));

  test("what is written is read back exactly", () => {
    fc.assert(
      fc.property(fc.array(rows, { maxLength: 4 }), (written) => {
        expect(parseHistory(written.map(historyLine).join(""), "history.jsonl")).toEqual(written);
      }),
    );
  });

  test("rows from before training images were evaluated have no such scores", () => {
    const { trainEvaluated: _none, ...older } = row;
    expect(parseHistory(`${JSON.stringify(older)}\n`, "h")).toEqual([{ ...row, trainEvaluated: null }]);
  });

  test("one line a row, so that rows can be appended", () => {
    expect(historyLine(row)).toMatch(/^\{[^\n]*\}\n$/);
  });

  test("line ends of Windows and a last line without one are read", () => {
    expect(parseHistory(`${historyLine(row).trimEnd()}\r\n${historyLine(row).trimEnd()}`, "h")).toEqual([row, row]);
  });
});

describe("a corrupt line is refused by its number", () => {
  const without = (name: string) => JSON.stringify({ ...row, [name]: undefined });
  test.each([
    ["half a line", historyLine(row).slice(0, 30), "expected a row of JSON, got "],
    ["an empty line", "", 'expected a row of JSON, got ""'],
    ["no object", "[1]", "expected an object, got [1]"],
    ["a missing loss", without("loss"), "expected a finite loss, got nothing"],
    ["a missing val, which is not null", without("val"), "val: expected an object, got nothing"],
    ["a number as text", JSON.stringify({ ...row, seconds: "2" }), 'expected a finite seconds, got "2"'],
    ["a fractional epoch", JSON.stringify({ ...row, epoch: 1.5 }), "expected a count for epoch, got 1.5"],
    ["null where only r2 may be", JSON.stringify({ ...row, mse: null }), "expected a finite mse, got null"],
    [
      "a broken evaluation of training images",
      JSON.stringify({ ...row, trainEvaluated: { ...scores, mae: null } }),
      "trainEvaluated: expected a finite mae, got null",
    ],
    [
      "a broken val",
      JSON.stringify({ ...row, val: { ...scores, keras: {} } }),
      "val, keras: expected a finite rmse, got nothing",
    ],
  ])("%s", (_, line, message) => {
    const parse = () => parseHistory(`${historyLine(row)}${line}\n${historyLine(row)}`, "history.jsonl");
    expect(parse).toThrow(DataError);
    expect(parse).toThrow("history.jsonl, line 2");
    expect(parse).toThrow(message);
  });
});

test("a row that is not finite is not written", () => {
  const diverged = { ...row, epoch: 3, loss: NaN };
  for (const write of [() => historyLine(diverged), () => historyCsv([diverged])]) {
    expect(write).toThrow(new DataError("history, epoch 3: expected a finite loss, got NaN"));
  }
});
