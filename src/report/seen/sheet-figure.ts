/** Figures 1 and 2 of the thesis: images of a data set with their labels, and images beside what augmentation makes of them. */
import type { GrayImage } from "../../data/image.ts";
import type { Figure } from "../figure.ts";
import type { Encode } from "./bitmap.ts";
import type { Picture } from "./pictures.ts";
import { type Drawn, figureOf, fitted, picture, text, widths } from "./svg.ts";

const gap = 10;
const lineHeight = 14;

/** Pictures on a sheet, six in a row, on a phone three. @param pictures at least one. */
export function sheetFigure(pictures: readonly Picture[], source: string, encode: Encode): Figure {
  const about = {
    id: "images",
    title: "Images of the data set",
    caption:
      `${pictures.length} images of ${source}, chosen at random, at the size that the network is trained on, with their ` +
      "labels. A few images do not show how a data set is distributed.",
  };
  return figureOf(about, (width) => tiles(pictures, width === widths.narrow ? 3 : 6, width, encode));
}

/** An image, and what training saw of it at some steps. */
export interface Variations {
  readonly original: Picture;
  readonly varied: readonly Picture[];
}

/** One image a row: first as it is, then varied; on a phone fewer of the variations. @param rows at least one. */
export function augmentationFigure(rows: readonly Variations[], name: string, encode: Encode): Figure {
  const about = {
    id: "augmentation",
    title: "Images as training sees them",
    caption:
      `${rows.length} training images, each as it is (left) and as augmentation ${name} shows it to the network at ` +
      "different steps. Gray levels beyond white or black are cut in this figure alone. " +
      "Labels stay as they are: what leaves the field takes its part of the composition along.",
  };
  return figureOf(about, (width) => {
    const columns = width === widths.narrow ? 4 : 6;
    const pictures = rows.flatMap(({ original, varied }) => [original, ...varied.slice(0, columns - 1)]);
    return tiles(pictures, columns, width, encode);
  });
}

function tiles(pictures: readonly Picture[], columns: number, width: number, encode: Encode): Drawn {
  const side = (width - (columns - 1) * gap) / columns;
  const lines = Math.max(...pictures.map(({ caption }) => caption.length));
  const [{ image } = { image: { height: 1, width: 1 } }] = pictures;
  const height = (side * image.height) / image.width;
  const pitch = height + lines * lineHeight + gap;
  const content = pictures.flatMap((own, i) => {
    const [x, y] = [(i % columns) * (side + gap), Math.floor(i / columns) * pitch];
    return [
      picture(x, y, side, height, encode(bitmapOf(own.image))),
      ...own.caption.map((line, k) =>
        text(x, y + height + (k + 1) * lineHeight - 2, fitted(line, side), { muted: k > 0 }),
      ),
    ];
  });
  return { height: Math.ceil(pictures.length / columns) * pitch - gap + 4, content };
}

/** A gray image as a bitmap. */
export const bitmapOf = ({ height, width, pixels }: GrayImage) => ({ height, width, channels: 1 as const, pixels });
