/** Tables 2, 4 and 5 of the thesis: the layers of this run's network, and of the MNIST network. */
import type { Preset } from "../../nn/preset.ts";
import { mnistNet } from "../../nn/models/mnist-net.ts";
import { type LayerSummary, type ModelSummary, summarize } from "../../nn/summary.ts";
import { none, type Row, type Table } from "./table.ts";

export function layersTable(preset: Preset, summary: ModelSummary): Table {
  const isRNet = preset.network === "rnet";
  const theirs = isRNet ? thesisSizesOf(summary.layers) : [];
  const differs = summary.layers.some(({ output }, i) => theirs[i] !== undefined && theirs[i] !== sizeText(output));
  const rows = summary.layers.map((layer, i): Row => ({
    cells: [...cellsOf(layer), ...(isRNet ? [theirs[i] ?? none] : [])],
  }));
  return {
    id: "table-4-layers",
    title: `Tables 2 and 4. The network of ${preset.name}`,
    caption:
      `${countsText(summary)} Table 2 has the convolutional layers, Table 4 all.` +
      (isRNet ? "" : " This run's network is not R-Net.") +
      (differs
        ? " Sizes differ from the thesis's tables, which pad, where its code does not, or with the images' size."
        : ""),
    head: ["layer", "kind", "output", "parameters", "MACs", ...(isRNet ? ["output in the thesis"] : [])],
    rows: [...rows, totalOf(summary, isRNet)],
  };
}

/** [C, H, W] as the thesis writes it, H × W × C. */
const sizeText = ([first = 0, ...plane]: readonly number[]): string => [...plane, first].join("\u00a0×\u00a0");

/** Table 4's output sizes, layer by layer; it leaves Flatten out. */
const thesisSizes: readonly (string | undefined)[] = [
  ...[128, 64, 32].flatMap((side, block) => {
    const filters = 16 * 2 ** block;
    const size = sizeText([filters, side, side]);
    return [size, size, size, size, sizeText([filters, side / 2, side / 2])];
  }),
  undefined,
  ...[128, 64, 32].flatMap((units) => [String(units), String(units), String(units)]),
  "3",
];

/** Keras's names of layers that a run may add to the thesis's network: shortcuts, and activations that are layers. */
const added: readonly string[] = ["Add", "LeakyReLU"];

/** The thesis's size of each layer; undefined of those that it does not have or does not give. */
function thesisSizesOf(layers: readonly LayerSummary[]): (string | undefined)[] {
  let own = 0;
  return layers.map(({ op }) => (added.includes(op) ? undefined : thesisSizes[own++]));
}

const count = (value: number): string => value.toLocaleString("en");

const countsText = ({ parameters, trainable, macs }: ModelSummary): string =>
  `${count(parameters)} parameters, of which ${count(trainable)} train; ${count(macs)} multiply-adds (MACs) an image.`;

const cellsOf = ({ name, op, output, parameters, macs }: LayerSummary): string[] => [
  name,
  op,
  sizeText(output),
  parameters === 0 ? none : count(parameters),
  macs === 0 ? none : count(macs),
];

const totalOf = ({ parameters, macs }: ModelSummary, isRNet: boolean): Row => ({
  cells: ["all", "", "", count(parameters), count(macs), ...(isRNet ? [""] : [])],
});

/** Table 5, as the preset mnist-net reads it. */
export function mnistTable(): Table {
  const summary = summarize(mnistNet({ inputShape: [1, 128, 128], outputs: 3 }));
  return {
    id: "table-5-mnist-network",
    title: "Table 5. The thesis's MNIST network, before R-Net",
    caption: `${countsText(summary)} The thesis gives sizes alone; parameters and MACs are counted from them.`,
    head: ["layer", "kind", "output", "parameters", "MACs"],
    rows: [...summary.layers.map((layer) => ({ cells: cellsOf(layer) })), totalOf(summary, false)],
  };
}
