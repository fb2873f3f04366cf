/** Where in an image lies what moves each output: Grad-CAM over the image, and the same with its sign. */
import type { ReceptiveField } from "../../nn/receptive-field.ts";
import type { Figure } from "../figure.ts";
import type { Encode } from "./bitmap.ts";
import { colourBar, valueText } from "./colour-bar.ts";
import { colourOfOutput, inColour, signed } from "./colours.ts";
import { overlay, type Plane } from "./overlay.ts";
import type { Picture } from "./pictures.ts";
import { bitmapOf } from "./sheet-figure.ts";
import { type Drawn, figureOf, fitted, picture, text, widths } from "./svg.ts";

/** One output of one image. */
export interface OutputMap {
  readonly name: string;
  readonly label: number;
  readonly predicted: number;
  /** Grad-CAM with its sign: nn/grad-cam.ts. */
  readonly signed: Plane;
  /** Where the image's cells are known. */
  readonly onCells?: CellShare | undefined;
}

/** How much of what raises an output lies on the cells of its type. */
export interface CellShare {
  /** Of the positive part of the map, from 0 to 1; null where nothing is positive. */
  readonly mass: number | null;
  /** Of the image's pixels: what a map that ignores the image would have. */
  readonly area: number;
}

export interface Attribution {
  readonly picture: Picture;
  /** Why this image: "median error". */
  readonly why: string;
  readonly outputs: readonly OutputMap[];
}

export interface AttributionFigure {
  readonly layer: string;
  readonly field: ReceptiveField;
  readonly images: readonly Attribution[];
}

/** Images side by side, on a phone below one another; a row an output: the image, its Grad-CAM, the signed map. */
export function attributionFigure({ layer, field, images }: AttributionFigure, encode: Encode): Figure {
  const about = {
    id: "grad-cam",
    title: "Where the outputs come from",
    caption:
      `Grad-CAM of each output at ${layer} (Selvaraju et al. 2017), whose elements see ${field.size.join(" × ")} pixels. ` +
      "Middle: what raises the output, the paper's map, in the output's colour. Right: the same with its sign, red " +
      "raises and blue lowers, since an amount can also be lowered. Maps of an image share one scale, from 0 to its " +
      "largest value. A map is a linear picture of the network at this image: it shows where, not why, and a smooth map " +
      `is no proof of a right reason. ${sharesOf(images)}`.trim(),
  };
  return figureOf(about, (width) => {
    const columns = width === widths.narrow ? 1 : Math.min(images.length, 2);
    const groupWidth = columns === 1 ? Math.min(width, 348) : (width - groupGap) / columns;
    const groups = images.map((image) => drawImage(image, field, groupWidth, encode));
    const height = Math.max(...groups.map((group) => group.height)) + groupGap;
    const content = groups.map((group, i) => {
      const at = `translate(${(i % columns) * (groupWidth + groupGap)} ${Math.floor(i / columns) * height})`;
      return `<g transform="${at}">${group.content.join("")}</g>`;
    });
    return { height: Math.ceil(images.length / columns) * height - groupGap, content };
  });
}

const groupGap = 24;
const gap = 6;
const headerHeight = 36;
const lineHeight = 15;

function drawImage({ picture: own, why, outputs }: Attribution, field: ReceptiveField, width: number, encode: Encode) {
  const side = (width - 2 * gap) / 3;
  const height = (side * own.image.height) / own.image.width;
  const lines = outputs.some(({ onCells }) => onCells) ? 2 : 1;
  const pitch = height + lines * lineHeight + 8;
  const xs = [0, side + gap, 2 * (side + gap)] as const;
  const largest = largestOf(outputs);
  const scales = (k: number) => [inColour(colourOfOutput(k)), signed] as const;
  const content = [
    text(0, 12, fitted(`${own.caption[0] ?? ""} · ${why}`, width), { bold: true }),
    ...["image", "Grad-CAM", "with its sign"].map((head, i) => text(xs[i]!, 29, head, { muted: true })),
    ...outputs.flatMap((output, k) => {
      const y = headerHeight + k * pitch;
      const said = `${output.name}: predicted ${shareOf(output.predicted)}, label ${shareOf(output.label)}`;
      return [
        picture(xs[0], y, side, height, encode(bitmapOf(own.image))),
        ...scales(k).map((scale, i) =>
          picture(xs[i + 1]!, y, side, height, encode(overlay(own.image, output.signed, field, { scale, largest }))),
        ),
        text(0, y + height + 12, fitted(said, width)),
        ...(output.onCells ? [text(0, y + height + 12 + lineHeight, shareText(output.onCells), { muted: true })] : []),
      ];
    }),
  ];
  const y = headerHeight + outputs.length * pitch + 4;
  const bar = { y, width: side, to: 1 };
  const value = valueText(largest);
  return {
    height: y + 24,
    content: [
      ...content,
      ...outputs
        .slice(0, 1)
        .flatMap(() => [
          ...colourBar({ ...bar, x: xs[1], scale: scales(0)[0], from: 0, labels: ["0", value] }, encode),
          ...colourBar({ ...bar, x: xs[2], scale: signed, from: -1, labels: [`\u2212${value}`, value] }, encode),
        ]),
    ],
  } satisfies Drawn;
}

const largestOf = (outputs: readonly OutputMap[]): number =>
  outputs.reduce((most, { signed: { values } }) => values.reduce((a, b) => Math.max(a, Math.abs(b)), most), 0);

const shareOf = (value: number): string => value.toFixed(3).replace("-", "\u2212");

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

const shareText = ({ mass, area }: CellShare): string =>
  mass === null
    ? `nothing raises it; its cells cover ${percent(area)}`
    : `${percent(mass)} of what raises it lies on its cells, which cover ${percent(area)}`;

function sharesOf(images: readonly Attribution[]): string {
  const known = images.flatMap(({ outputs }) => outputs).filter(({ onCells }) => onCells);
  if (known.length === 0) return "";
  return (
    "Under each map: the share of its positive part on the cells of that type, from the masks of the data set, against " +
    "the share of the image that they cover, which a map without regard to the image would reach."
  );
}
