/** Images of which every pixel is the same. */

/**
 * Groups of two or more equal images, by index, in ascending order.
 *
 * @param pixels [N, length].
 * @param length pixels of an image.
 */
export function duplicateGroups(pixels: Uint8Array, length: number): readonly (readonly number[])[] {
  const groups = new Map<number, number[][]>();
  const imageOf = (index: number) => pixels.subarray(index * length, (index + 1) * length);
  for (let index = 0; index < pixels.length / length; index++) {
    const image = imageOf(index);
    const hash = hashOf(image);
    const alike = groups.get(hash) ?? [];
    const same = alike.find(([first = 0]) => isEqual(imageOf(first), image));
    if (same) same.push(index);
    else groups.set(hash, [...alike, [index]]);
  }
  return [...groups.values()]
    .flat()
    .filter((group) => group.length > 1)
    .sort(([a = 0], [b = 0]) => a - b);
}

/** FNV-1a; equal hashes are compared pixel by pixel. */
function hashOf(image: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < image.length; i++) hash = Math.imul(hash ^ image[i]!, 0x01000193);
  return hash;
}

const isEqual = (a: Uint8Array, b: Uint8Array): boolean => a.every((pixel, i) => pixel === b[i]);
