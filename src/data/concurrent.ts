/**
 * Visits the items with at most `limit` visits under way. Items are begun in order, and none after a visit failed.
 *
 * @throws what the failed visit threw; of several, that of the first item, whichever failed first.
 */
export async function forEachConcurrently<T>(
  items: readonly T[],
  limit: number,
  visit: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const failures: { index: number; error: unknown }[] = [];
  const remaining = items.entries();
  const worker = async () => {
    for (const [index, item] of remaining) {
      await visit(item, index).catch((error: unknown) => failures.push({ index, error }));
      if (failures.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  failures.sort((a, b) => a.index - b.index);
  if (failures[0] !== undefined) throw failures[0].error;
}
