/** Maps of layers over images: where they lie, what colours say, and how much lies on cells. */
import { describe, expect, test } from "vitest";
import { type Attribution, attributionFigure } from "../../../src/report/seen/attribution-figure.ts";
import { cellShareOf, typesAt } from "../../../src/report/seen/cells.ts";
import { inColour, signed, viridis } from "../../../src/report/seen/colours.ts";
import { typicalAndWorst, chosenFrom } from "../../../src/report/seen/examples.ts";
import { featureMapFigure } from "../../../src/report/seen/feature-map-figure.ts";
import { overlay, spread, valueAt } from "../../../src/report/seen/overlay.ts";
import { augmentationFigure, sheetFigure } from "../../../src/report/seen/sheet-figure.ts";
import { collector, expectDrawn, imagesOf, pixelOf, textsOf } from "./drawing.ts";

const image = { height: 4, width: 6, pixels: Uint8Array.from({ length: 24 }, (_, i) => 10 * i) };
const picture = { image, caption: ["a<b>.png", "round 0.250"] };
const field = { size: [3, 3], stride: [2, 3], centre: [0.5, 1] } as const;
const plane = { size: [2, 2], values: Float32Array.of(0, 4, 8, -4) } as const;

describe("a map over an image", () => {
  test("has an element's value at its centre, linear values between, and the outermost beyond", () => {
    expect([valueAt(plane, field, 0.5, 1), valueAt(plane, field, 0.5, 4)]).toEqual([0, 4]);
    expect([valueAt(plane, field, 2.5, 1), valueAt(plane, field, 2.5, 4)]).toEqual([8, -4]);
    expect(valueAt(plane, field, 0.5, 2.5)).toBe(2);
    expect(valueAt(plane, field, 1, 1)).toBe(2); // a quarter of the way down
    expect(valueAt(plane, field, 1.5, 2.5)).toBe(2); // the mean of all four
    expect([valueAt(plane, field, -3, -3), valueAt(plane, field, 9, 9)]).toEqual([0, -4]);
  });

  test("at the pixels, nothing square", () => {
    const values = spread(plane, field, [4, 6]);
    expect(values).toHaveLength(24);
    expect(values[1 * 6 + 2]).toBeCloseTo(valueAt(plane, field, 1, 2), 6);
    expect(values[2 * 6 + 5]).toBeCloseTo(valueAt(plane, field, 2, 5), 6);
  });

  test("leaves the gray where it is 0, and mixes in the colour where it is largest", () => {
    const side = 200; // large enough not to be magnified
    const gray = { height: side, width: side, pixels: new Uint8Array(side * side).fill(100) };
    const whole = { size: [1, 2], values: Float32Array.of(0, 5) } as const;
    const wide = { size: [1, 1], stride: [1, side - 1], centre: [0, 0] } as const;
    const bitmap = overlay(gray, whole, wide, { scale: inColour([200, 0, 40]), largest: 5 });
    expect([bitmap.height, bitmap.width]).toEqual([side, side]);
    expect(pixelOf(bitmap, 7, 0)).toEqual([100, 100, 100]);
    expect(pixelOf(bitmap, 7, side - 1)).toEqual([175, 25, 55]); // three quarters of the colour
    const blank = overlay(gray, { ...whole, values: new Float32Array(2) }, wide, { scale: signed, largest: 0 });
    expect(pixelOf(blank, 0, 0)).toEqual([100, 100, 100]);
  });

  test("a small image is magnified", () => {
    const bitmap = overlay(image, plane, field, { scale: signed, largest: 8 });
    expect([bitmap.height, bitmap.width]).toEqual([4 * 20, 6 * 20]);
  });
});

test("viridis is matplotlib's, within a few levels", () => {
  const known: [number, number[]][] = [
    [0, [68, 1, 84]],
    [0.25, [59, 82, 139]],
    [0.5, [33, 145, 140]],
    [0.75, [94, 201, 98]],
    [1, [253, 231, 37]],
  ];
  for (const [value, colour] of known) {
    colour.forEach((level, i) => expect(Math.abs(viridis(value)[i] - level)).toBeLessThan(5));
  }
  expect([viridis(-1), viridis(2)]).toEqual([viridis(0), viridis(1)]);
});

test("the signed scale is red above 0, blue below, and clear at 0", () => {
  const [up, down] = [signed(1), signed(-1)];
  expect(up[0]).toBeGreaterThan(up[2]);
  expect(down[2]).toBeGreaterThan(down[0]);
  expect([signed(0)[3], signed(1)[3], signed(-1)[3]]).toEqual([0, 0.75, 0.75]);
});

describe("on cells", () => {
  const types = Uint8Array.of(0, 1, 2, 2, 0, 1, 0, 0);

  test("the share of what is positive, and of the pixels", () => {
    const map = Float32Array.of(1, 3, -5, 4, 0, -1, 0, 0);
    expect(cellShareOf(map, types, 0)).toEqual({ mass: 3 / 8, area: 2 / 8 });
    expect(cellShareOf(map, types, 1)).toEqual({ mass: 4 / 8, area: 2 / 8 });
    expect(cellShareOf(map, types, 2)).toEqual({ mass: 0, area: 0 });
    expect(
      cellShareOf(
        map.map((value) => Math.min(value, 0)),
        types,
        0,
      ).mass,
    ).toBe(null);
  });

  test("types at another size are those of the nearest pixel", () => {
    const mask = { height: 2, width: 4, pixels: types };
    expect([...typesAt(mask, [2, 4])]).toEqual([...types]);
    expect([...typesAt(mask, [1, 2])]).toEqual([1, 0]); // row 1, columns 1 and 3
    expect([...typesAt(mask, [4, 4])].slice(0, 8)).toEqual([0, 1, 2, 2, 0, 1, 2, 2]);
  });
});

describe("examples", () => {
  test("the median and the largest error, by the images' numbers", () => {
    const indices = [7, 3, 9];
    const labels = Float32Array.of(0, 0, 0, 0, 0, 0);
    const predictions = Float32Array.of(0.5, 0.5, 0.125, -0.125, -1, 3);
    expect(typicalAndWorst(indices, predictions, labels)).toEqual([
      { index: 7, why: "median error, MAE 0.500" },
      { index: 9, why: "largest error, MAE 2.000" },
    ]);
    expect(typicalAndWorst([4], Float32Array.of(1), Float32Array.of(0))).toEqual([
      { index: 4, why: "only error, MAE 1.000" },
    ]);
  });

  test("are chosen by the seed, in order, and no more than there are", () => {
    const indices = Uint32Array.from({ length: 40 }, (_, i) => 100 + i);
    const chosen = chosenFrom(indices, 5, 1);
    expect(chosen).toEqual([...new Set(chosen)].sort((a, b) => a - b));
    expect(chosen.every((index) => index >= 100 && index < 140)).toBe(true);
    expect(chosenFrom(indices, 5, 2)).not.toEqual(chosen);
    expect(chosenFrom([5, 6], 12, 1)).toEqual([5, 6]);
  });
});

describe("the figure of feature maps", () => {
  const channels = 18;
  const data = Float32Array.from({ length: channels * 6 }, (_, i) => (Math.floor(i / 6) < 2 ? 0 : i));
  const maps = { shape: [1, channels, 2, 3], data };
  const { bitmaps, encode } = collector();
  const figure = featureMapFigure({ layer: "Conv 2", maps, field, picture, isLinear: false }, encode);

  test("shows every channel in one scale, and frames the five with the largest means", () => {
    expectDrawn(figure);
    expect(figure.id).toBe("figure-10-feature-maps-conv-2");
    expect(imagesOf(figure.svg)).toHaveLength(channels + 2); // the image and the bar
    expect(figure.svg.match(/stroke-width="2"/g)).toHaveLength(5);
    const numbers = textsOf(figure.svg).filter((own) => /^\d+$/.test(own));
    expect(numbers.slice(-channels)).toEqual(Array.from({ length: channels }, (_, c) => String(c)));
    expect(figure.caption).toContain("17 (100), 16 (99), 15 (93), 14 (87), 13 (81)");
    expect(figure.caption).toContain("2 are 0 everywhere");
  });

  test("frames a quarter of few channels", () => {
    const few = { shape: [1, 8, 2, 3], data: data.slice(0, 8 * 6) };
    const { svg, caption } = featureMapFigure(
      { layer: "conv1", maps: few, field, picture, isLinear: true },
      collector().encode,
    );
    expect(caption).toContain("ahead of any activation");
    expect(figure.caption).toContain("its own activation included");
    expect(svg.match(/stroke-width="2"/g)).toHaveLength(2);
  });

  test("colours are those of the values", () => {
    const last = bitmaps[channels + 1];
    expect([last.height, last.width]).toEqual([44, 66]);
    const colourOf = (value: number) =>
      viridis(value / 107)
        .slice(0, 3)
        .map(Math.round);
    expect(pixelOf(last, 43, 65)).toEqual(colourOf(107));
    expect(pixelOf(last, 0, 22)).toEqual(colourOf(103));
    expect(pixelOf(bitmaps[2], 0, 0)).toEqual(viridis(0).slice(0, 3).map(Math.round));
  });
});

describe("the figure of attributions", () => {
  const output = (name: string) => ({ name, label: 0.25, predicted: -0.5, signed: plane });
  const example: Attribution = { picture, why: "median error", outputs: [output("round"), output("flat")] };

  test("has a row for each output: the image, the map, the signed map", () => {
    const { encode } = collector();
    const figure = attributionFigure({ layer: "conv2", field, images: [example, example] }, encode);
    expectDrawn(figure);
    expect(imagesOf(figure.svg)).toHaveLength(2 * (2 * 3 + 2));
    const texts = textsOf(figure.svg);
    expect(texts).toContain("a<b>.png · median error");
    expect(texts).toContain("flat: predicted −0.500, label 0.250");
    expect(texts).toContain("−8");
    expect(figure.caption).not.toContain("masks");
  });

  test("says how much lies on the cells, where they are known", () => {
    const onCells = { mass: 0.614, area: 0.123 };
    const nothing = { mass: null, area: 0.1 };
    const outputs = [
      { ...output("round"), onCells },
      { ...output("flat"), onCells: nothing },
    ];
    const figure = attributionFigure({ layer: "conv2", field, images: [{ ...example, outputs }] }, collector().encode);
    expectDrawn(figure);
    expect(textsOf(figure.svg)).toContain("61 % of what raises it lies on its cells, which cover 12 %");
    expect(textsOf(figure.narrow!)).toContain("nothing raises it; its cells cover 10 %");
    expect(figure.caption).toContain("from the masks of the data set");
  });
});

describe("sheets", () => {
  test("images with their captions, six in a row, three on a phone", () => {
    const { encode } = collector();
    const figure = sheetFigure(
      Array.from({ length: 8 }, () => picture),
      "set",
      encode,
    );
    expectDrawn(figure);
    expect(imagesOf(figure.svg)).toHaveLength(8);
    const columns = (svg: string) => new Set([...svg.matchAll(/<image x="([^"]+)"/g)].map(([, x]) => x)).size;
    expect([columns(figure.svg), columns(figure.narrow!)]).toEqual([6, 3]);
    expect(textsOf(figure.svg).slice(0, 2)).toEqual(picture.caption);
    expect(figure.caption).toMatch(/^8 images of set, /);
  });

  test("augmented images beside the original, fewer on a phone", () => {
    const rows = [1, 2].map(() => ({
      original: picture,
      varied: Array.from({ length: 5 }, () => ({ image, caption: [] })),
    }));
    const figure = augmentationFigure(rows, "rnet", collector().encode);
    expectDrawn(figure);
    expect([imagesOf(figure.svg).length, imagesOf(figure.narrow!).length]).toEqual([12, 8]);
    expect(figure.caption).toContain("as augmentation rnet shows it");
  });
});
