import { describe, expect, test } from "vitest";
import { BatchNormalization } from "../../../src/nn/layers/batch-normalization.ts";
import { Conv2D } from "../../../src/nn/layers/conv2d.ts";
import { Dense } from "../../../src/nn/layers/dense.ts";
import { Dropout } from "../../../src/nn/layers/dropout.ts";
import { Flatten } from "../../../src/nn/layers/flatten.ts";
import { rNet } from "../../../src/nn/models/rnet.ts";
import { tiny } from "../../../src/nn/models/tiny.ts";
import { Sequential } from "../../../src/nn/sequential.ts";
import { blocksOf } from "../../../src/report/seen/network-blocks.ts";
import { networkFigure } from "../../../src/report/seen/network-figure.ts";
import { expectDrawn, textsOf } from "./drawing.ts";

describe("blocks", () => {
  const model = rNet({ inputShape: [1, 128, 128], outputs: 3 });

  test("R-Net: each layer that makes another size, with those that follow it", () => {
    expect(blocksOf(model).map(({ kind, name, operation, followers }) => [kind, name, operation, followers])).toEqual([
      ["input", "input", "image", []],
      ["convolution", "conv1", "3 × 3, ReLU", ["bn1"]],
      ["convolution", "conv2", "3 × 3, ReLU", ["bn2"]],
      ["pooling", "pool1", "2 × 2, max", []],
      ["convolution", "conv3", "3 × 3, ReLU", ["bn3"]],
      ["convolution", "conv4", "3 × 3, ReLU", ["bn4"]],
      ["pooling", "pool2", "2 × 2, max", []],
      ["convolution", "conv5", "3 × 3, ReLU", ["bn5"]],
      ["convolution", "conv6", "3 × 3, ReLU", ["bn6"]],
      ["pooling", "pool3", "2 × 2, max", ["flatten1"]],
      ["dense", "dense1", "dense, ReLU", ["bn7", "dropout1"]],
      ["dense", "dense2", "dense, ReLU", ["bn8", "dropout2"]],
      ["dense", "dense3", "dense, ReLU", ["bn9", "dropout3"]],
      ["dense", "output", "dense, linear", []],
    ]);
  });

  test("hold every parameter once", () => {
    for (const own of [model, tiny({ inputShape: [1, 20, 30], outputs: 2 })]) {
      const sum = blocksOf(own).reduce((total, { parameters }) => total + parameters, 0);
      expect(sum).toBe(own.count().parameters);
    }
  });

  test("a dense layer that keeps the size is a block, a normalisation of the input follows it", () => {
    const chain = new Sequential({
      inputShape: [4],
      layers: [new BatchNormalization(), new Dense({ units: 4 }), new Dense({ units: 4 }), new Dropout({ rate: 0.1 })],
    });
    expect(blocksOf(chain).map(({ name, followers, isNormalised }) => [name, followers, isNormalised])).toEqual([
      ["input", ["bn1"], true],
      ["dense1", [], false],
      ["dense2", ["dropout1"], false],
    ]);
  });
});

describe("the drawing", () => {
  test("names every layer with its output and parameters, at both widths", () => {
    const model = rNet({ inputShape: [1, 128, 128], outputs: 3 });
    const figure = networkFigure(model);
    expectDrawn(figure);
    for (const svg of [figure.svg, figure.narrow!]) {
      const texts = textsOf(svg);
      const unnamed = model.layers.filter(({ name }) => !texts.includes(name) && !texts.includes(`+ ${name}`));
      expect(unnamed).toEqual([]);
      expect(texts).toContain("64 @ 25×25");
      expect(texts).toContain("1,180,288 par.");
      expect(texts.some((own) => own.endsWith("…"))).toBe(false);
    }
    expect(figure.caption).toContain("26 layers with 1,263,795 parameters");
  });

  test("says which shortcuts there are, and nothing where there is none", () => {
    const captionOf = (skip: boolean) => networkFigure(rNet({ inputShape: [1, 64, 64], outputs: 3, skip })).caption;
    expect(captionOf(true)).toContain(
      "which bring the input of conv1 to shortcut1, the input of conv3 to shortcut2, the input of conv5 to shortcut3.",
    );
    expect(captionOf(false)).not.toContain("shortcut");
  });

  test("planes that are not square, a long chain, and names that would be markup", () => {
    const layers = Array.from(
      { length: 23 },
      (_, i) => new Conv2D({ filters: 3, kernelSize: [1, 2], name: `<${i}&"` }),
    );
    const model = new Sequential({
      inputShape: [1, 9, 40],
      layers: [...layers, new Flatten(), new Dense({ units: 2 })],
    });
    const figure = networkFigure(model);
    expectDrawn(figure);
    expect(textsOf(figure.svg)).toContain('<22&"');
    expect(textsOf(figure.svg)).toContain("3 @ 9×17");
    expect(textsOf(figure.svg)).toContain("1 × 2, linear");
  });

  test("faces are to scale: half the side is half the height", () => {
    const { svg } = networkFigure(
      new Sequential({ inputShape: [1, 64, 64], layers: [new Conv2D({ filters: 4, kernelSize: 2, strides: 2 })] }),
    );
    const heights = [...svg.matchAll(/<polygon points="([^"]+)" fill="#(b9bec6|f0b64e)"/g)].map(([, points]) => {
      const ys = points.split(" ").map((point) => Number(point.split(",")[1]));
      return Math.max(...ys) - Math.min(...ys);
    });
    expect(heights).toHaveLength(2);
    expect(heights[1] / heights[0]).toBeCloseTo(0.5, 2);
  });
});
