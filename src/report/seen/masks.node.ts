/** The masks that `cellgrad data make --masks` writes beside its images. */
import { existsSync } from "node:fs";
import { join, parse } from "node:path";
import { decodeImage } from "../../data/decode.node.ts";
import { readBytes } from "../../data/images.node.ts";

/**
 * The types of an image's cells, [H, W]: 0, or 1 + the place among `cellTypes`; undefined where there is no such mask.
 *
 * @throws DataError if the mask cannot be read.
 */
export async function typeMaskOf(folder: string, image: string) {
  const path = join(folder, "masks", `${parse(image).name}_types.png`);
  if (!existsSync(path)) return undefined;
  const { facts, samples } = await decodeImage(await readBytes(path, "a PNG mask"), path, null);
  return { height: facts.height, width: facts.width, pixels: Uint8Array.from(samples) };
}
