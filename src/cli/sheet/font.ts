/** A font of 5 x 7 pixels, and two below for tails, for the captions of images, and the drawing of text by it. */
import type { GrayImage } from "../../data/image.ts";

/** Printable ASCII from the space on: five columns a glyph from left to right, a byte each, its lowest bit on top. */
const upright = [
  "0000000000 00005F0000 0007000700 147F147F14 242A7F2A12 2313086462 3649562050 0005030000",
  "001C224100 0041221C00 2A1C7F1C2A 08083E0808 0050300000 0808080808 0060600000 2010080402",
  "3E5149453E 00427F4000 4261514946 2141454B31 1814127F10 2745454539 3C4A494930 0171090503",
  "3649494936 064949291E 0036360000 0056360000 0814224100 1414141414 0041221408 0201510906",
  "324979413E 7E1111117E 7F49494936 3E41414122 7F4141221C 7F49494941 7F09090901 3E4149497A",
  "7F0808087F 00417F4100 2040413F01 7F08142241 7F40404040 7F020C027F 7F0408107F 3E4141413E",
  "7F09090906 3E4151215E 7F09192946 4649494931 01017F0101 3F4040403F 1F2040201F 3F4038403F",
  "6314081463 0708700807 6151494543 007F414100 0204081020 0041417F00 0402010204 4040404040",
  "0001020400 2054545478 7F48444438 3844444420 384444487F 3854545418 087E090102 0C5252523E",
  "7F08040478 00447D4000 2040443D00 7F10284400 00417F4000 7C04180478 7C08040478 3844444438",
  "7C14141408 081414187C 7C08040408 4854545420 043F444020 3C4040207C 1C2040201C 3C4030403C",
  "4428102844 0C5050503C 4464544C44 0008364100 00007F0000 0041360800 0804081008",
]
  .join(" ")
  .split(" ")
  .map((columns) => columns.match(/../g)?.map((byte) => Number.parseInt(byte, 16)) ?? []);

/** Letters that reach below the line, of nine rows. */
const tailed: Readonly<Record<string, readonly number[]>> = {
  g: [0x038, 0x144, 0x144, 0x144, 0x0fc],
  j: [0x080, 0x100, 0x104, 0x0fd, 0x000],
  p: [0x1fc, 0x044, 0x044, 0x044, 0x038],
  q: [0x038, 0x044, 0x044, 0x044, 0x1fc],
  y: [0x03c, 0x140, 0x140, 0x140, 0x0fc],
};

const firstCode = 32;
const glyphWidth = 5;
const glyphHeight = 9;

const glyphOf = (character: string): readonly number[] =>
  tailed[character] ?? upright[character.charCodeAt(0) - firstCode] ?? glyphOf("?");

/** Pixels from a character to the next, and from a line to the next, before they are magnified. */
export const advance = glyphWidth + 1;
export const lineHeight = glyphHeight + 1;

/** Draws black text from its upper left corner; what is beyond the image is cut, what is not ASCII becomes "?". */
export function drawText(image: GrayImage, text: string, left: number, top: number, magnification: number): void {
  const { height, width, pixels } = image;
  [...text].forEach((character, place) => {
    const glyph = glyphOf(character);
    const start = left + place * advance * magnification;
    for (let y = 0; y < glyphHeight * magnification; y++) {
      for (let x = 0; x < glyphWidth * magnification; x++) {
        const isInk = (glyph[Math.floor(x / magnification)]! >> Math.floor(y / magnification)) & 1;
        if (isInk && start + x < width && top + y < height) pixels[(top + y) * width + start + x] = 0;
      }
    }
  });
}
