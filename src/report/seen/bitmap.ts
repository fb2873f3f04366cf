/** Bitmaps inside drawings. */

/** 8-bit gray or red, green and blue. */
export interface Bitmap {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /** [H, W, channels]. */
  readonly pixels: Uint8Array;
}

/** Makes a data URI of a bitmap: as PNG in Node, with a canvas in a page. */
export type Encode = (bitmap: Bitmap) => string;

/** Red, green and blue from 0 to 255, and 0 to 1 of how much they cover. */
export type Paint = readonly [red: number, green: number, blue: number, cover: number];

/** Paints every pixel by itself. */
export function paint(height: number, width: number, colourOf: (row: number, column: number) => Paint): Bitmap {
  const pixels = new Uint8Array(height * width * 3);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [red, green, blue] = colourOf(row, column);
      pixels.set([red, green, blue].map(Math.round), (row * width + column) * 3);
    }
  }
  return { height, width, channels: 3, pixels };
}

/** A colour over a gray level from 0 to 255. */
export const over = (gray: number, [red, green, blue, cover]: Paint): Paint => {
  const mixed = (colour: number) => cover * colour + (1 - cover) * gray;
  return [mixed(red), mixed(green), mixed(blue), 1];
};
