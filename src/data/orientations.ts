/** The eight ways to lay a square image: quarter turns, and each of them mirrored. */

export interface Orientation {
  /** Degrees, anticlockwise. */
  readonly turned: 0 | 90 | 180 | 270;
  /** Left and right swapped, before the turn. */
  readonly mirrored: boolean;
}

const quarters = [0, 90, 180, 270] as const;

/** The image as it is comes first. */
export const orientations: readonly Orientation[] = [false, true].flatMap((mirrored) =>
  quarters.map((turned) => ({ turned, mirrored })),
);

/**
 * Where each pixel of an image that was laid otherwise comes from: its pixel i is pixel `sources[i]` of the original.
 *
 * @param side height and width.
 */
export function sourcesOf({ turned, mirrored }: Orientation, side: number): Uint32Array {
  return Uint32Array.from({ length: side * side }, (_, i) => {
    let [y, x] = [Math.floor(i / side), i % side];
    for (let angle = 0; angle < turned; angle += 90) [y, x] = [x, side - 1 - y];
    return y * side + (mirrored ? side - 1 - x : x);
  });
}
