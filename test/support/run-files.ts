/** What the files of a run hold, for tests that train none. */
import type { HistoryRow } from "../../src/nn/history.ts";
import { presetOf } from "../../src/nn/preset.ts";
import type { RunConfig } from "../../src/nn/run-config.ts";

export const runConfig: RunConfig = {
  version: "0.1.0",
  preset: presetOf("tiny"),
  data: "cells",
  outputs: ["a", "b"],
  images: 3,
  ignoreUnlabelled: false,
  channel: null,
  normalize: "none",
  initFrom: null,
  seed: 0,
  shuffle: true,
  fuse: true,
  evaluateTraining: true,
  adapter: { name: "a", vendor: "v", type: "software", backend: "vulkan", driver: "d" },
};

const scores = { loss: 1, mse: 1, mae: 1, rmse: 1, mape: 5, r2: null, keras: { rmse: 1, r2: -0.5 } };

export const historyRow: HistoryRow = {
  ...scores,
  epoch: 1,
  step: 2,
  val: scores,
  trainEvaluated: null,
  learningRate: 0.1,
  seconds: 1,
  imagesPerSecond: 3,
};
