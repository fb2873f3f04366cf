import { afterEach, expect, test, vi } from "vitest";
import type { PeerRow, PeersDocument } from "../../bench/peers/row.ts";
import { printComparison } from "../../bench/peers/table.ts";

afterEach(() => vi.restoreAllMocks());

const row: PeerRow = {
  ...{
    system: "cellgrad",
    version: "0.1.0",
    adapter: "GPU",
    msPerStep: 419.34,
    firstStepMs: 23_490,
    lossAfter10: 1.61,
  },
  ...{ ratio: { median: 1, low: 1, high: 1 }, firstStepRatio: 1, difference: 0, agrees: true },
  ...{ dispatches: 82, submits: 1, createBuffer: 0, stepsMs: [419.34], losses: [1.61] },
};
const other: PeerRow = { ...row, system: "tfjs", ratio: { median: 7.23, low: 6.9, high: 7.5 }, createBuffer: 359 };

function printed(rows: readonly PeerRow[]): string {
  let text = "";
  vi.spyOn(process.stdout, "write").mockImplementation((chunk) => ((text += String(chunk)), true));
  const document: PeersDocument = {
    ...{ kind: "peers", date: "2026-01-01T00:00:00.000Z", command: "cellgrad bench peers", versions: {} },
    adapter: { name: "GPU", vendor: "", type: "hardware", backend: "vulkan", driver: "" },
    spec: {
      ...{ task: "training", padding: "same", size: 128, batch: 4, outputs: 3 },
      ...{ learningRate: 1e-6, batchCount: 2, seed: 0 },
    },
    agrees: rows.every(({ agrees }) => agrees),
    rows,
  };
  printComparison(document);
  return text;
}

test("a row a system, with ratio, interval and calls", () => {
  const text = printed([row, other]);
  expect(text).toContain("R-Net, one training step, batch 4, 128 x 128, same padding, on GPU\n");
  expect(text).toMatch(/^tfjs +0\.1\.0 +419\.3 +7\.23 +6\.90 to 7\.50 +23\.49 +1\.00 +82 +1 +359 +1\.6100$/m);
  expect(text).not.toContain("DISAGREES");
});

test("who disagrees is named above the table, and in its row", () => {
  const text = printed([row, { ...other, lossAfter10: 1.8, difference: 0.118, agrees: false }]);
  expect(text).toMatch(/^DISAGREES {2}tfjs: expected loss after 10 steps within 1.0 % .*got a difference of 12 %/m);
  expect(text.indexOf("DISAGREES")).toBeLessThan(text.indexOf("ms/step"));
  expect(text).toMatch(/^tfjs .*DISAGREES$/m);
});

test("who ran elsewhere is named below, and has no calls where none were seen", () => {
  const text = printed([row, { ...other, adapter: "CPU", dispatches: 0, submits: 0, createBuffer: 0 }]);
  expect(text).toMatch(/^tfjs .* - +- +- /m);
  expect(text).toMatch(/^tfjs ran on CPU$/m);
});
