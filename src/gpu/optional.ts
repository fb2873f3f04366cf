/**
 * Parts of a shader that a launch may do without. A block `if (affine) { // optional`, where affine is a tunable
 * constant, is cut out where the constant is false. WebGPU asks for every binding that the code mentions, also in a
 * branch that is never taken; without the block the binding need not be there. The file is valid as it stands.
 */
import { ShapeError } from "../errors.ts";

const optionalBlock = /^[ \t]*if \((\w+)\) \{[ \t]*\/\/ optional[ \t]*$/gm;

/** The names on which optional blocks of a shader depend, each once. */
export const optionsOf = (source: string): string[] => [
  ...new Set([...source.matchAll(optionalBlock)].map(([, name = ""]) => name)),
];

/**
 * The shader without the optional blocks whose names are not among `wanted`.
 *
 * @throws ShapeError if a wanted name has no block.
 */
export function keepOptional(name: string, source: string, wanted: readonly string[]): string {
  const known = optionsOf(source);
  const unknown = wanted.find((option) => !known.includes(option));
  if (unknown !== undefined) {
    throw new ShapeError(`${name}: expected an optional block among ${known.join(", ")}, got "${unknown}"`);
  }
  let kept = "";
  let at = 0;
  for (const { 0: head, 1: option = "", index } of source.matchAll(optionalBlock)) {
    if (wanted.includes(option) || index < at) continue;
    kept += source.slice(at, index);
    at = endOfBlock(source, index + head.length);
  }
  return kept + source.slice(at);
}

/** Where the text goes on after the block that `from` is in. */
function endOfBlock(source: string, from: number): number {
  let depth = 1;
  let at = from;
  for (; at < source.length && depth > 0; at++) {
    if (source[at] === "{") depth++;
    if (source[at] === "}") depth--;
  }
  return at;
}
