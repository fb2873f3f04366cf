/** Figure 10 of the thesis: the feature maps of a convolution for one image. */
import type { ReceptiveField } from "../../nn/receptive-field.ts";
import type { HostTensor } from "../../nn/safetensors.ts";
import { sizeOf } from "../../shape.ts";
import type { Figure } from "../figure.ts";
import { palette } from "../palette.ts";
import { type Bitmap, type Encode, paint } from "./bitmap.ts";
import { colourBar, valueText } from "./colour-bar.ts";
import { viridis } from "./colours.ts";
import type { Picture } from "./pictures.ts";
import { bitmapOf } from "./sheet-figure.ts";
import { type Drawn, element, figureOf, fitted, picture, text, widths } from "./svg.ts";

export interface LayerMaps {
  readonly layer: string;
  /** [1, C, H, W]. */
  readonly maps: HostTensor;
  readonly field: ReceptiveField;
  /** Whether the layer has no activation of its own, as where leaky ReLU is a layer that follows. */
  readonly isLinear: boolean;
  /** The image that they are of. */
  readonly picture: Picture;
}

const gap = 4;
const labelHeight = 12;
/** How many of the most active maps are marked: a quarter, and no more than five. */
const marked = (channels: number): number => Math.min(Math.ceil(channels / 4), 5);

/** All maps of a layer in one scale of colours, the most active ones framed. */
export function featureMapFigure(of: LayerMaps, encode: Encode): Figure {
  const { layer, maps, picture, isLinear } = of;
  const [, channels = 0, height = 0, width = 0] = maps.shape;
  const channelsOf = channelsIn(maps);
  const ranked = mostActive(channelsOf);
  const silent = channelsOf.filter(({ largest }) => largest === 0).length;
  const about = {
    id: `figure-10-feature-maps-${layer.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`,
    title: `Feature maps of ${layer}`,
    caption:
      `The ${channels} maps of ${height} × ${width} that ${layer} makes of ${picture.caption[0] ?? "an image"}, ` +
      `${isLinear ? "ahead of any activation" : "its own activation included"}, with moving statistics and without dropout. ` +
      "Purple is 0 or less, yellow the largest value of " +
      `all maps; numbers are channels, from 0. Framed: those with the largest mean, ` +
      `${ranked.map((c) => `${c} (${valueText(channelsOf[c]?.mean ?? 0)})`).join(", ")}. ` +
      (silent > 0 ? `${silent} are ${isLinear ? "0 or less" : "0"} everywhere for this image. ` : "") +
      "A bright map says that a pattern is there, not that an output depends on it.",
  };
  return figureOf(about, (width) => draw(of, { channels: channelsOf, ranked }, width, encode));
}

interface Channel {
  /** [H, W]. */
  readonly values: Float32Array;
  readonly mean: number;
  readonly largest: number;
}

function channelsIn({ shape, data }: HostTensor): Channel[] {
  const [, channels = 0, ...plane] = shape;
  const length = sizeOf(plane);
  return Array.from({ length: channels }, (_, c) => {
    const values = data.subarray(c * length, (c + 1) * length);
    return {
      values,
      mean: values.reduce((sum, value) => sum + value, 0) / length,
      largest: values.reduce((most, value) => Math.max(most, value), 0),
    };
  });
}

/** Numbers of the channels with the largest means, the largest first. */
function mostActive(channels: readonly Channel[]): number[] {
  const meanOf = (c: number) => channels[c]?.mean ?? 0;
  return [...channels.keys()].sort((a, b) => meanOf(b) - meanOf(a)).slice(0, marked(channels.length));
}

interface Channels {
  readonly channels: readonly Channel[];
  /** Of the most active. */
  readonly ranked: readonly number[];
}

function draw(of: LayerMaps, all: Channels, width: number, encode: Encode): Drawn {
  const [, count = 0, rows = 1, columns = 1] = of.maps.shape;
  const largest = Math.max(...all.channels.map((channel) => channel.largest));
  const perRow = width === widths.narrow ? (count > 16 ? 8 : 4) : count > 32 ? 16 : 8;
  const side = (width - (perRow - 1) * gap) / perRow;
  const height = (side * rows) / columns;
  const head = drawHead(of, largest, width, encode);
  const pitch = height + labelHeight + gap;
  const maps = all.channels.flatMap(({ values }, c) => {
    const [x, y] = [(c % perRow) * (side + gap), head.height + Math.floor(c / perRow) * pitch];
    const isMarked = all.ranked.includes(c);
    const frame = { x: x + 1, y: y + 1, width: side - 2, height: height - 2, fill: "none" };
    return [
      picture(x, y, side, height, encode(magnified(values, rows, columns, largest))),
      ...(isMarked ? [element("rect", { ...frame, stroke: palette.training, "stroke-width": 2 })] : []),
      text(x, y + height + 10, String(c), { size: 9, muted: !isMarked, bold: isMarked }),
    ];
  });
  return { height: head.height + Math.ceil(count / perRow) * pitch, content: [...head.content, ...maps] };
}

/** The image, what is shown of it, and the scale of colours. */
function drawHead(
  { layer, maps, field, picture: own }: LayerMaps,
  largest: number,
  width: number,
  encode: Encode,
): Drawn {
  const [, count = 0, rows = 1, columns = 1] = maps.shape;
  const side = width === widths.narrow ? 104 : 128;
  const left = (side * own.image.width) / own.image.height + gap + 10;
  const lines = [
    [own.caption[0] ?? "", { bold: true }],
    [`${layer}: ${count} maps of ${rows} × ${columns}`, {}],
    [`an element sees ${field.size.join(" × ")} pixels`, { muted: true }],
  ] as const;
  const bar = { x: left, y: 66, width: Math.min(width - left, 180), scale: viridis, from: 0, to: 1 };
  return {
    height: side + 14,
    content: [
      picture(0, 0, left - gap - 10, side, encode(bitmapOf(own.image))),
      ...lines.map(([line, style], i) => text(left, 14 + i * 17, fitted(line, width - left), style)),
      ...colourBar({ ...bar, labels: ["0", valueText(largest)] }, encode),
    ],
  };
}

/** Smaller maps are magnified, so that a viewer that smooths does not blur their elements away. */
const leastSide = 64;

function magnified(values: Float32Array, rows: number, columns: number, largest: number): Bitmap {
  const factor = Math.max(1, Math.ceil(leastSide / Math.max(rows, columns)));
  return paint(rows * factor, columns * factor, (row, column) => {
    const at = Math.floor(row / factor) * columns + Math.floor(column / factor);
    return viridis(largest > 0 ? values[at]! / largest : 0);
  });
}
