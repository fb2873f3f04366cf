import { describe, expect, test } from "vitest";
import {
  type CrossValidationPlan,
  gridOf,
  parseCrossValidationPlan,
  variantName,
} from "../../src/nn/cross-validation-plan.ts";
import { crossValidationResult, type FoldTraining, trainingsCsv } from "../../src/nn/cross-validation-result.ts";
import { runConfig } from "../support/run-files.ts";

describe("the grid", () => {
  test("is every combination, the last option's values changing first", () => {
    const grid = gridOf([
      { option: "loss", values: ["mse", "mae"] },
      { option: "lr", values: ["0.1", "0.01"] },
    ]);
    expect(grid.map(variantName)).toEqual([
      "loss=mse,lr=0.1",
      "loss=mse,lr=0.01",
      "loss=mae,lr=0.1",
      "loss=mae,lr=0.01",
    ]);
    expect(grid[1]).toEqual({ loss: "mse", lr: "0.01" });
  });

  test("of nothing is one variant, the base", () => expect(gridOf([]).map(variantName)).toEqual(["base"]));
});

describe("cv.json", () => {
  const plan: CrossValidationPlan = {
    config: runConfig,
    folds: 2,
    split: "0.7,0.15,0.15",
    quick: false,
    by: "mse",
    vary: [{ option: "loss", values: ["mse"] }],
    variants: [{ name: "loss=mse", choice: { loss: "mse" }, preset: runConfig.preset }],
  };

  test("is read without its result", () => {
    const text = JSON.stringify({ ...plan, result: { verdict: "" } });
    expect(parseCrossValidationPlan(text, "cv.json")).toEqual(plan);
    expect(parseCrossValidationPlan(JSON.stringify({ ...plan, result: null }), "cv.json")).toEqual(plan);
  });

  test.each([
    ["{", "cv.json: expected a cross-validation's plan in JSON, got other text ("],
    [JSON.stringify({ ...plan, result: null, folds: 1 }), /^cv\.json: expected .*, got a mistake at \$\.folds: .*>=2/],
    [
      JSON.stringify({ ...plan, result: null, variants: [] }),
      /^cv\.json: expected .*, got a mistake at \$\.variants: /,
    ],
    [
      JSON.stringify({ ...plan, result: null, variants: [{ ...plan.variants[0], name: "../victim" }] }),
      /^cv\.json: expected .*, got variants named \.\.\/victim where --vary makes loss=mse$/,
    ],
    [JSON.stringify({ ...plan, result: null, fold: 3 }), /^cv\.json: expected .*, got a mistake at \$: .*"fold"/],
  ])("that is no plan is refused: %#", (text, message) => {
    expect(() => parseCrossValidationPlan(text, "cv.json")).toThrow(message);
  });
});

describe("the result", () => {
  const training = (loss: string, fold: number, mse: number): FoldTraining => ({
    variant: `loss=${loss}`,
    choice: { loss },
    fold,
    run: `loss=${loss}/fold${fold}`,
    epoch: 3,
    n: 10,
    failure: null,
    ...{ mse, mae: 0.5, rmse: Math.sqrt(mse), mape: 12, r2: fold === 1 ? null : 0.5 },
  });
  const trainings = [training("mse", 1, 4), training("mse", 2, 9), training("mae", 1, 1), training("mae", 2, 4)];

  test("compares the variants by their folds", () => {
    const { best, verdict, variants } = crossValidationResult(trainings, "mse");
    expect(best).toBe("loss=mae");
    expect(variants.map(({ scores }) => scores.mse?.mean)).toEqual([6.5, 2.5]);
    expect(variants[0].differences.mse?.mean).toBe(4);
    expect(verdict).toBe("loss=mae has the lowest mean MSE, but these folds do not tell it from any other at 95 %.");
  });

  test("as CSV has a row a training, a column for each option, and an empty cell for a missing R2", () => {
    expect(trainingsCsv(trainings).split("\n").slice(0, 3)).toEqual([
      "variant,option.loss,fold,run,n,epoch,mse,mae,rmse,mape,r2",
      "loss=mse,mse,1,loss=mse/fold1,10,3,4,0.5,2,12,",
      "loss=mse,mse,2,loss=mse/fold2,10,3,9,0.5,3,12,0.5",
    ]);
    const two = [{ ...trainings[0], variant: "a=1,b=2" }];
    expect(trainingsCsv(two)).toContain('\n"a=1,b=2",mse,1,'); // the comma is quoted
  });
});
