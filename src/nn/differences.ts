/** What differs between two values that JSON can hold, key by key. */

/** A key as a path, such as `optimizer.rho`; a side is absent where it has no such key. */
export interface Difference {
  readonly key: string;
  readonly a?: unknown;
  readonly b?: unknown;
}

/** The keys of nested objects as paths, with their values, in the objects' order. A list is one value. */
export function flatten(value: unknown, path = ""): [key: string, value: unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => flatten(inner, path === "" ? key : `${path}.${key}`));
}

/** The keys whose values differ, those of `a` first. */
export function differences(a: unknown, b: unknown): Difference[] {
  const [ofA, ofB] = [new Map(flatten(a)), new Map(flatten(b))];
  return [...new Set([...ofA.keys(), ...ofB.keys()])]
    .filter((key) => JSON.stringify(ofA.get(key)) !== JSON.stringify(ofB.get(key)))
    .map((key) => ({
      key,
      ...(ofA.has(key) && { a: ofA.get(key) }),
      ...(ofB.has(key) && { b: ofB.get(key) }),
    }));
}
