/**
 * The value below which a share of the values lies, between two of them by linear interpolation.
 *
 * @param sorted in ascending order, at least one.
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  return below + (sorted[Math.ceil(place)]! - below) * (place - Math.floor(place));
}
