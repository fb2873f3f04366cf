/** Figure 3 of the thesis: the network as a chain of blocks in perspective, drawn from its layers. */
import type { Sequential } from "../../nn/sequential.ts";
import type { Figure } from "../figure.ts";
import { palette } from "../palette.ts";
import { cuboid, oblique } from "./cuboid.ts";
import { type Block, type BlockKind, blocksOf } from "./network-blocks.ts";
import { type Arc, arcsOf, drawArc, heightOfArcs, isOver } from "./network-shortcuts.ts";
import { type Drawn, element, escaped, figureOf, fitted, text, type TextStyle } from "./svg.ts";

/** Pixels from a block to the next, where they are many. */
const leastPitch = 72;
/** Height of the tallest face, and the least of any side. */
const tallest = 76;
const leastSide = 3;
const labelSize = 10.5;
const lineHeight = 13;

const fills: Readonly<Record<BlockKind | "normalisation", string>> = {
  input: "#b9bec6",
  convolution: "#f0b64e",
  normalisation: "#7fb2d9",
  pooling: "#d9674a",
  dense: "#7aa874",
  other: "#a895c9",
};

const kinds = ["input", "convolution", "normalisation", "pooling", "dense", "other"] as const;

/** The network of a model. Sizes are to scale within the figure. */
export function networkFigure(model: Sequential): Figure {
  const blocks = blocksOf(model);
  const arcs = arcsOf(model, blocks);
  const { parameters, trainable } = model.count();
  const about = {
    id: "figure-3-network",
    title: "The network",
    caption:
      `${model.layers.length} layers with ${parameters.toLocaleString("en")} parameters, of which ` +
      `${trainable.toLocaleString("en")} are trained. Faces have the height and width of the feature maps; thickness grows ` +
      "with the square root of the channels, the height of dense layers with that of the units. Under each block: its " +
      "layer, the window and activation, the layers that follow it, its output as channels @ height × width, and the " +
      `parameters of all of them.${shortcutsText(arcs)}`,
  };
  return figureOf(about, (width) => drawNetwork(blocks, arcs, width));
}

const shortcutsText = (arcs: readonly Arc[]): string =>
  arcs.length === 0 ? "" : " Arcs are shortcuts: what is read where one begins is added where it ends.";

function drawNetwork(blocks: readonly Block[], arcs: readonly Arc[], width: number): Drawn {
  const mostColumns = Math.min(blocks.length, Math.floor(width / leastPitch));
  // Rows of about as many blocks each.
  const columns = Math.ceil(blocks.length / Math.ceil(blocks.length / mostColumns));
  const scale = scaleOf(blocks);
  const content: string[] = [];
  let top = 0;
  for (let first = 0; first < blocks.length; first += columns) {
    const over = arcs.filter((arc) => isOver(arc, first, columns));
    top += heightOfArcs(over);
    const row = drawRow(blocks.slice(first, first + columns), top, width / columns, scale);
    const place = { first, count: columns, pitch: width / columns, top, middle: row.middle };
    content.push(...row.content, ...over.map((arc) => drawArc(arc, place)));
    top += row.height;
  }
  const { height, content: kinds } = legend(blocks, top, width);
  return { height: top + height, content: [...content, ...kinds] };
}

interface Row extends Drawn {
  /** The line on which the middles of its blocks lie. */
  readonly middle: number;
}

function drawRow(blocks: readonly Block[], top: number, pitch: number, scale: Scale): Row {
  const solids = blocks.map((block) => solidOf(block, scale));
  const space = Math.max(...solids.map(({ height, depth }) => height + depth * oblique.y)) + 8;
  const middle = top + space / 2;
  const written = blocks.map(linesOf);
  const content = blocks.flatMap((block, i) => [
    ...drawBlock(block, solids[i]!, { left: i * pitch, middle, pitch }),
    ...written[i]!.map(([line, style], k) => {
      const at = [(i + 0.5) * pitch, top + space + (k + 1) * lineHeight] as const;
      return text(...at, fitted(line, pitch - 2, labelSize), { ...style, size: labelSize, anchor: "middle" });
    }),
  ]);
  return { height: space + Math.max(...written.map(({ length }) => length)) * lineHeight + 22, middle, content };
}

interface Scale {
  /** Pixels of the drawing to one of a feature map. */
  readonly plane: number;
  /** Pixels to the square root of a unit. */
  readonly unit: number;
}

function scaleOf(blocks: readonly Block[]): Scale {
  const sides = blocks.filter(({ shape }) => shape.length === 3).flatMap(({ shape }) => shape.slice(1));
  const units = blocks.filter(({ shape }) => shape.length === 1).map(({ shape }) => shape[0] ?? 1);
  return { plane: tallest / Math.max(1, ...sides), unit: tallest / Math.sqrt(Math.max(1, ...units)) };
}

/** Of a block's front: its width by the channels. */
const thicknessOf = (channels: number): number => Math.min(2 + 1.6 * Math.sqrt(channels), 26);
const normalisationThickness = 3;
const denseThickness = 7;

/** Measures of a block in pixels. */
interface Solid {
  readonly thickness: number;
  readonly height: number;
  readonly depth: number;
}

function solidOf({ shape }: Block, scale: Scale): Solid {
  const [count = 1, rows = 1, columns = 1] = shape;
  if (shape.length === 1) {
    return { thickness: denseThickness, height: Math.max(Math.sqrt(count) * scale.unit, leastSide), depth: 10 };
  }
  const [height, depth] = [Math.max(rows * scale.plane, leastSide), Math.max(columns * scale.plane, leastSide)];
  return { thickness: thicknessOf(count), height, depth };
}

/** Where a block is drawn: the middles of a row's blocks lie on one line. */
interface Place {
  readonly left: number;
  readonly middle: number;
  readonly pitch: number;
}

function drawBlock(block: Block, solid: Solid, { left, middle, pitch }: Place): string[] {
  const { thickness, height, depth } = solid;
  const after = block.isNormalised ? normalisationThickness : 0;
  const room = pitch - (thickness + after + depth * oblique.x);
  const x = left + room / 2;
  const y = middle - height / 2 + (depth * oblique.y) / 2;
  const fill = fills[block.kind];
  const slab = { x: x + thickness, y, thickness: after, height, depth };
  return [
    element(
      "g",
      {},
      element("title", {}, escaped(`${block.name}: ${shapeText(block)}`)),
      ...cuboid({ x, y, ...solid }, fill),
      // Its side keeps the block's colour, so that the kinds of blocks are what is seen first.
      ...(block.isNormalised ? cuboid(slab, fills.normalisation, fill) : []),
    ),
    ...(block.kind === "input" ? [] : [arrow(left, middle, room / 2)]),
  ];
}

/** Name, operation, output, followers and parameters. */
function linesOf(block: Block): (readonly [line: string, style: TextStyle])[] {
  const { name, operation, followers, parameters } = block;
  return [
    [name, { bold: true }],
    [operation, {}],
    [shapeText(block), {}],
    ...followers.map((follower) => [`+ ${follower}`, { muted: true }] as const),
    ...(parameters === 0 ? [] : [[`${parameters.toLocaleString("en")} par.`, { muted: true }] as const]),
  ];
}

const shapeText = ({ shape }: Block): string => {
  const [first = 0, ...plane] = shape;
  return plane.length === 0 ? `${first}` : `${first} @ ${plane.join("×")}`;
};

function arrow(left: number, middle: number, room: number): string {
  const end = left + Math.max(room - 2, 4);
  const d = `M${end - 9} ${middle}H${end}m-3 -2.5l3 2.5l-3 2.5`;
  return element("path", { d, fill: "none", stroke: palette.muted, "stroke-width": 1 });
}

/** The kinds of blocks that there are. */
function legend(blocks: readonly Block[], top: number, width: number): Drawn {
  const isPresent = (kind: string) =>
    blocks.some((block) => (kind === "normalisation" ? block.isNormalised : block.kind === kind));
  let [x, y] = [0, top];
  const content = kinds.filter(isPresent).flatMap((kind) => {
    const extent = 20 + 6 * kind.length;
    if (x + extent > width) [x, y] = [0, y + 18];
    const swatch = element("rect", { x, y: y + 1, width: 10, height: 10, fill: fills[kind] });
    const entry = [swatch, text(x + 14, y + 10, kind, { muted: true })];
    x += extent + 8;
    return entry;
  });
  return { height: y - top + 16, content };
}
