import { expect, test } from "vitest";
import { comparedMetrics, compareWithThesis } from "../../src/report/reproduction.ts";

const run = (mse: number, r2: number) => ({ mse, mae: 0.07, mape: 60, keras: { rmse: 0.09, r2 } });

test("one run has no deviation and no z", () => {
  const rows = compareWithThesis([run(0.008, 0.7)]);
  expect(rows.map(({ metric }) => metric)).toEqual(comparedMetrics);
  expect(rows[0]).toEqual({ metric: "mse", thesis: 0.00723, values: [0.008], mean: 0.008, deviation: null, z: null });
});

test("RMSE and R2 are the means over batches, as the thesis has them", () => {
  const rows = new Map(compareWithThesis([run(0.008, 0.7)]).map((row) => [row.metric, row.mean]));
  expect([rows.get("rmse"), rows.get("r2")]).toEqual([0.09, 0.7]);
});

test("z of three runs, by hand", () => {
  // mean 0.7, deviations -0.1, 0, 0.1: variance (0.01 + 0.01) / 2, deviation 0.1; z = (0.7 - 0.7576) / (0.1 sqrt(4/3))
  const r2 = compareWithThesis([run(1, 0.6), run(1, 0.7), run(1, 0.8)]).find(({ metric }) => metric === "r2");
  expect(r2?.deviation).toBeCloseTo(0.1, 12);
  expect(r2?.z).toBeCloseTo(-0.0576 / 0.11547005383792516, 10);
});

test("runs that agree to the bit have a deviation of 0 and no z", () => {
  const [mse] = compareWithThesis([run(0.25, 0.5), run(0.25, 0.5)]);
  expect([mse?.deviation, mse?.z]).toEqual([0, null]);
});
