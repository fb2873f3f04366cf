import { describe, expect, test } from "vitest";
import { BatchNormalization } from "../../../src/nn/layers/batch-normalization.ts";
import { Conv2D } from "../../../src/nn/layers/conv2d.ts";
import { Dense } from "../../../src/nn/layers/dense.ts";
import { Dropout } from "../../../src/nn/layers/dropout.ts";
import { Flatten } from "../../../src/nn/layers/flatten.ts";
import { Shortcut } from "../../../src/nn/layers/shortcut.ts";
import { rNet } from "../../../src/nn/models/rnet.ts";
import { tiny } from "../../../src/nn/models/tiny.ts";
import { Sequential } from "../../../src/nn/sequential.ts";
import { blocksOf } from "../../../src/report/seen/network-blocks.ts";
import { networkFigure } from "../../../src/report/seen/network-figure.ts";
import { arcsOf } from "../../../src/report/seen/network-shortcuts.ts";
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

  describe("shortcuts", () => {
    const shortcutsIn = (svg: string) =>
      [...svg.matchAll(/<title>(shortcut\d+: [^<]*)<\/title><path d="([^"]+)"/g)].map(([, title, d]) => [title, d]);

    test("of R-Net: an arc and a sum for each, at both widths, over what it goes around; none without", () => {
      const { svg, narrow, caption } = networkFigure(rNet({ inputShape: [1, 64, 64], outputs: 3, skip: true }));
      expect(caption).toContain("Arcs are shortcuts: what is read where one begins is added where it ends.");
      for (const own of [svg, narrow!]) {
        expect(shortcutsIn(own).map(([title]) => title)).toEqual([
          "shortcut1: the input of conv1",
          "shortcut2: the input of conv3",
          "shortcut3: the input of conv5",
        ]);
        expect(own.match(/<circle [^>]*r="4.5"/g)).toHaveLength(3);
        expect(textsOf(own).some((line) => line.endsWith("…"))).toBe(false);
      }
      const pitch = 720 / 9; // input, conv1, conv2, shortcut1, … in the first row
      expect(shortcutsIn(svg)[0][1]).toMatch(new RegExp(`^M${pitch} .*H${3 * pitch - 6}q6 0 6 6V`));
      const plain = networkFigure(rNet({ inputShape: [1, 64, 64], outputs: 3 }));
      expect(plain.caption).not.toContain("shortcut");
      expect(shortcutsIn(plain.svg)).toEqual([]);
    });

    test("one in another lies below it, and one over two rows leaves at the right and comes back at the left", () => {
      const convolutions = Array.from({ length: 12 }, () => new Conv2D({ filters: 1, kernelSize: 3, padding: "same" }));
      const inner = new Shortcut({ from: convolutions[4] });
      const outer = new Shortcut({ from: convolutions[3] });
      const model = new Sequential({
        inputShape: [1, 8, 8],
        layers: [...convolutions.slice(0, 9), inner, outer, ...convolutions.slice(9)],
      });
      expect(arcsOf(model, blocksOf(model))).toEqual([
        { name: "shortcut1", source: "conv5", start: 5, end: 10, lane: 0 },
        { name: "shortcut2", source: "conv4", start: 4, end: 10, lane: 1 },
      ]);
      const figure = networkFigure(model);
      expectDrawn(figure);
      // 13 blocks in rows of 7: each arc has a part in both.
      const parts = shortcutsIn(figure.svg).map(([, d]) => [d.startsWith("M0 "), d.endsWith("H720")]);
      expect(parts).toEqual([
        [false, true],
        [false, true],
        [true, false],
        [true, false],
      ]);
    });

    test("from a layer that is drawn in another's block begins within it", () => {
      const normalisation = new BatchNormalization();
      const model = new Sequential({
        inputShape: [1, 8, 8],
        layers: [
          new Conv2D({ filters: 2, kernelSize: 3 }),
          normalisation,
          new Conv2D({ filters: 2, kernelSize: 3, padding: "same" }),
          new Shortcut({ from: normalisation }),
        ],
      });
      expect(arcsOf(model, blocksOf(model))).toMatchObject([{ source: "bn1", start: 1.5, end: 3 }]);
    });
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
