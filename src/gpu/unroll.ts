/**
 * Unrolls the loops of a shader that are marked `// unroll` and replaces the private arrays marked `// scalars` by one
 * variable an element. The meaning stays; the file stays WGSL that a person reads. SwiftShader does not unroll by
 * itself, and keeps arrays in memory: a register-tiled convolution runs there about six times faster for it.
 */
import { ShapeError } from "../errors.ts";
import { constantsOf, evaluate } from "./expression.ts";

const loopHead = /^[ \t]*for \(var (\w+) = 0u; \1 < ([^;]+); \1\+\+\) \{[ \t]*\/\/ unroll[ \t]*$/m;
const arrayDeclaration = /^([ \t]*)var (\w+): array<(\w+), ([^>]+)>;[ \t]*\/\/ scalars[ \t]*$/m;

/** @throws ShapeError if a bound of a marked loop, or the length of a marked array or an index into it, is not constant. */
export function unroll(name: string, source: string): string {
  const constants = constantsOf(source);
  return scalarise(name, unrollLoops(name, source, constants), constants);
}

function unrollLoops(name: string, source: string, constants: ReadonlyMap<string, number>): string {
  let code = source;
  for (let head = loopHead.exec(code); head; head = loopHead.exec(code)) {
    const [line, variable = "", bound = ""] = head;
    const count = evaluate(bound, constants);
    if (count === undefined) {
      throw new ShapeError(`${name}: expected a constant bound in the loop marked "unroll", got ${bound}`);
    }
    const start = head.index + line.length;
    const end = closingBrace(code, start);
    const body = code.slice(start, end);
    const copies = Array.from(
      { length: count },
      (_, k) => `{${body.replace(new RegExp(`\\b${variable}\\b`, "g"), `${k}u`)}}`,
    );
    code = code.slice(0, head.index) + copies.join("\n") + code.slice(end + 1);
  }
  return code;
}

/** Where the block ends that the text from `start` on is in. */
function closingBrace(code: string, start: number): number {
  let depth = 1;
  let at = start;
  while (at < code.length) {
    if (code[at] === "{") depth++;
    if (code[at] === "}" && --depth === 0) break;
    at++;
  }
  return at;
}

function scalarise(name: string, source: string, constants: ReadonlyMap<string, number>): string {
  let code = source;
  for (let found = arrayDeclaration.exec(code); found; found = arrayDeclaration.exec(code)) {
    const [line, indent = "", array = "", type = "", length = ""] = found;
    const count = evaluate(length, constants);
    if (count === undefined) {
      throw new ShapeError(`${name}: expected a constant length of the array marked "scalars", got ${length}`);
    }
    const variables = Array.from({ length: count }, (_, k) => `${indent}var ${array}_${k}: ${type};`);
    const end = closingBrace(code, found.index);
    const scope = code
      .slice(found.index + line.length, end)
      .replace(new RegExp(`\\b${array}\\[([^\\]]+)\\]`, "g"), (_, index: string) => {
        const element = evaluate(index, constants);
        if (element === undefined || element >= count) {
          throw new ShapeError(`${name}: expected a constant index below ${count} into ${array}, got ${index}`);
        }
        return `${array}_${element}`;
      });
    code = code.slice(0, found.index) + variables.join("\n") + scope + code.slice(end);
  }
  return code;
}
