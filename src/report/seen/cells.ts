/** How much of an attribution lies on the cells that it should be about: the synthetic data know where they are. */
import { positivePart } from "../../nn/grad-cam.ts";
import type { CellShare } from "./attribution-figure.ts";

/**
 * The share of a map's positive part on the cells of a type, and the share of the image that they cover.
 *
 * @param map [H, W], signed, at the pixels of the image.
 * @param types [H, W], 0 or 1 + the number of the type.
 */
export function cellShareOf(map: Float32Array, types: Uint8Array, type: number): CellShare {
  const positive = positivePart(map);
  const sumOver = (wanted: (i: number) => boolean) =>
    positive.reduce((sum, value, i) => (wanted(i) ? sum + value : sum), 0);
  const isOn = (i: number) => types[i] === 1 + type;
  const whole = sumOver(() => true);
  const covered = types.reduce((count, _, i) => count + Number(isOn(i)), 0);
  return { mass: whole > 0 ? sumOver(isOn) / whole : null, area: covered / types.length };
}

/** A map of types at another size: that of the nearest pixel, since types have no mean. */
export function typesAt(
  types: { readonly height: number; readonly width: number; readonly pixels: Uint8Array },
  [height, width]: readonly [number, number],
): Uint8Array {
  const nearest = (at: number, from: number, to: number) => Math.floor(((at + 0.5) * from) / to);
  return Uint8Array.from({ length: height * width }, (_, i) => {
    const row = nearest(Math.floor(i / width), types.height, height);
    return types.pixels[row * types.width + nearest(i % width, types.width, width)]!;
  });
}
