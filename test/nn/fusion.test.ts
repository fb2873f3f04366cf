/** Layers that one op records in their place. */
import { describe, expect, test } from "vitest";
import { Program } from "../../src/gpu/program.ts";
import { stepTensor } from "../../src/gpu/step.ts";
import { pinned } from "../../src/gpu/tensor.ts";
import { Tape } from "../../src/nn/autograd.ts";
import { groupAt } from "../../src/nn/fusion.ts";
import type { Layer } from "../../src/nn/layer.ts";
import { BatchNormalization } from "../../src/nn/layers/batch-normalization.ts";
import { Dense } from "../../src/nn/layers/dense.ts";
import { Dropout } from "../../src/nn/layers/dropout.ts";
import { Sequential } from "../../src/nn/sequential.ts";

const dense = () => new Dense({ units: 4, activation: "relu" });
const norm = () => new BatchNormalization();
const drop = () => new Dropout({ rate: 0.3 });
const named = (layers: Layer[]) => layers.map((layer, i) => ({ name: `${layer.stem}${i}`, layer }));

describe("groupAt", () => {
  test.each<[string, Layer[], group: string | undefined]>([
    ["dense, normalisation, dropout", [dense(), norm(), drop(), dense()], "dense0+bn1+dropout2"],
    ["without dropout", [dense(), norm(), dense()], "dense0+bn1"],
    ["at the end", [dense(), norm()], "dense0+bn1"],
    ["dense alone", [dense(), dense()], undefined],
    ["dropout before the normalisation", [dense(), drop(), norm()], undefined],
    ["a normalisation first", [norm(), drop()], undefined],
  ])("%s", (_, layers, group) => {
    const found = groupAt(named(layers));
    expect(found?.name).toBe(group);
    if (found) expect(found.length).toBe(found.name.split("+").length);
  });
});

describe("a model records", () => {
  const layers = () => [dense(), norm(), drop(), dense(), norm(), new Dense({ units: 2, name: "output" })];
  const recorded = (options: { fuse: boolean; training: boolean }) => {
    const model = new Sequential({ inputShape: [3], layers: layers() });
    const program = new Program("model");
    const y = model.record(new Tape(program), pinned("x", [5, 3]), { ...options, step: stepTensor(), seed: 1 });
    program.keep(y);
    return program.launches.map(({ layer, op, entryPoint }) => `${layer} ${op}.${entryPoint}`);
  };

  test("groups in training", () => {
    expect(recorded({ fuse: true, training: true })).toEqual([
      "dense1+bn1+dropout1 denseNorm.forward",
      "dense2+bn2 denseNorm.forward",
      "output dense.forward",
    ]);
  });

  test("every layer without fusion, and in evaluation", () => {
    const plain = [
      "dense1 dense",
      "bn1 batchNormFeatures",
      "dropout1 dropout",
      "dense2 denseVectors",
      "bn2 batchNormFeatures",
    ];
    const opsOf = (launches: string[]) => launches.map((launch) => launch.split(".")[0]);
    expect(opsOf(recorded({ fuse: false, training: true }))).toEqual([...plain, "output dense"]);
    expect(opsOf(recorded({ fuse: true, training: false }))).toEqual([
      ...["dense1 dense", "bn1 batchNorm", "dense2 denseVectors", "bn2 batchNorm", "output dense"],
    ]);
  });
});
