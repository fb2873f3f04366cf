/** A contact sheet: images in rows, text under each. */
import type { GrayImage } from "../../data/image.ts";
import type { Picture } from "../../report/seen/pictures.ts";
import { advance, drawText, lineHeight } from "./font.ts";

/** Pictures that stand side by side. */
export type Tile = readonly Picture[];

const white = 255;
/** Pixels between pictures of a tile, and around and between tiles. */
const gap = 8;
const margin = 24;
const textMagnification = 2;
/** Smaller pictures are magnified, so that a caption fits under them. */
const leastSide = 192;
/** Width by height of a sheet, as far as its tiles allow. */
const aspect = 1.4;

/** @param tiles all of one size, with as many pictures each. */
export function contactSheet(tiles: readonly Tile[]): GrayImage {
  const tile = tileSize(tiles);
  const { columns, rows } = gridOf(tiles.length, tile.height / tile.width);
  const width = margin + columns * (tile.width + margin);
  const height = margin + rows * (tile.height + margin);
  const sheet = { height, width, pixels: new Uint8Array(height * width).fill(white) };
  tiles.forEach((pictures, i) => {
    const left = margin + (i % columns) * (tile.width + margin);
    const top = margin + Math.floor(i / columns) * (tile.height + margin);
    pictures.forEach((picture, k) => drawPicture(sheet, picture, left + k * (tile.pictureWidth + gap), top));
  });
  return sheet;
}

/** A grid near the aspect, with as few places left empty as so many rows allow. */
function gridOf(count: number, tallness: number): { columns: number; rows: number } {
  const fitting = Math.max(1, Math.round(Math.sqrt(count * aspect * tallness)));
  const rows = Math.ceil(count / fitting);
  return { columns: Math.ceil(count / rows), rows };
}

const magnificationOf = ({ height, width }: GrayImage): number =>
  Math.max(1, Math.ceil(leastSide / Math.max(height, width)));

function tileSize(tiles: readonly Tile[]): { width: number; height: number; pictureWidth: number } {
  const pictures = tiles.flat();
  const widths = pictures.map(({ image }) => image.width * magnificationOf(image));
  const heights = pictures.map(({ image, caption }) => {
    return image.height * magnificationOf(image) + gap + caption.length * lineHeight * textMagnification;
  });
  const pictureWidth = Math.max(...widths);
  const count = Math.max(...tiles.map((tile) => tile.length));
  return { width: count * pictureWidth + (count - 1) * gap, height: Math.max(...heights), pictureWidth };
}

function drawPicture(sheet: GrayImage, { image, caption }: Picture, left: number, top: number): void {
  const magnification = magnificationOf(image);
  const [height, width] = [image.height * magnification, image.width * magnification];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = Math.floor(y / magnification) * image.width + Math.floor(x / magnification);
      sheet.pixels[(top + y) * sheet.width + left + x] = image.pixels[from]!;
    }
  }
  const characters = Math.floor(width / (advance * textMagnification));
  caption.forEach((line, i) => {
    const y = top + height + gap + i * lineHeight * textMagnification;
    drawText(sheet, shortened(line, characters), left, y, textMagnification);
  });
}

const shortened = (line: string, length: number): string =>
  line.length <= length ? line : `${line.slice(0, length - 2)}..`;
