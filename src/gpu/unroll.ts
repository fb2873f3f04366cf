/**
 * Unrolls the loops of a shader that are marked `// unroll`, keeps or drops the blocks marked `// fold` by their
 * condition, and replaces the private arrays marked `// scalars` by one variable an element. The meaning stays; the file stays WGSL that a person reads. SwiftShader does not unroll by
 * itself, and keeps arrays in memory: a register-tiled convolution runs there about six times faster for it.
 */
import { ShapeError } from "../errors.ts";
import { constantsOf, evaluate, evaluateCondition } from "./expression.ts";

/** A marked line: a loop to unroll, or a condition to fold. */
const markedHead = new RegExp(
  [
    /^[ \t]*for \(var (?<variable>\w+) = 0u; \k<variable> < (?<bound>[^;]+); \k<variable>\+\+\) \{[ \t]*\/\/ unroll[ \t]*$/,
    /^[ \t]*if \((?<condition>[^;{]+)\) \{[ \t]*\/\/ fold[ \t]*$/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "gm",
);
const arrayDeclaration = /^([ \t]*)var (\w+): array<(\w+), ([^>]+)>;[ \t]*\/\/ scalars[ \t]*$/m;

/**
 * @throws ShapeError if the bound of a marked loop, the condition of a marked block, the length of a marked array or an
 * index into it is not constant.
 * @param broadcasts whether shuffles from a constant lane become broadcasts.
 */
export function unroll(name: string, source: string, broadcasts = false): string {
  const constants = constantsOf(source);
  const code = scalarise(name, expand(name, source, constants), constants);
  return joinSums(broadcasts ? shuffleByBroadcast(code, constants) : code);
}

/** A shuffle from a lane that is constant once loops are unrolled may as well be a broadcast. */
function shuffleByBroadcast(code: string, constants: ReadonlyMap<string, number>): string {
  return code.replace(/\bsubgroupShuffle\((\w+), ([^()]+)\)/g, (call, value: string, lane: string) => {
    const constant = evaluate(lane, constants);
    return constant === undefined ? call : `subgroupBroadcast(${value}, ${constant}u)`;
  });
}

/** Unrolls and folds from the outside in, so that an inner line knows the rounds of the loops around it. */
function expand(name: string, source: string, constants: ReadonlyMap<string, number>): string {
  const parts: string[] = [];
  let done = 0;
  const heads = new RegExp(markedHead);
  for (let head = heads.exec(source); head; head = heads.exec(source)) {
    const start = head.index + head[0].length;
    const end = closingBrace(source, start);
    const body = source.slice(start, end);
    const blocks = bodiesOf(name, head.groups ?? {}, body, constants).map((own) => `{${expand(name, own, constants)}}`);
    parts.push(source.slice(done, head.index), blocks.join("\n"));
    done = end + 1;
    heads.lastIndex = done;
  }
  return [...parts, source.slice(done)].join("");
}

/** What a marked line makes of its block: a copy for each round of a loop, or the block itself if its condition holds. */
function bodiesOf(
  name: string,
  { variable = "", bound = "", condition = "" }: Record<string, string>,
  body: string,
  constants: ReadonlyMap<string, number>,
): string[] {
  if (variable === "") {
    const holds = evaluateCondition(condition, constants);
    if (holds !== undefined) return holds ? [body] : [];
    throw new ShapeError(`${name}: expected a constant condition of the block marked "fold", got ${condition}`);
  }
  const count = evaluate(bound, constants);
  if (count === undefined) {
    throw new ShapeError(`${name}: expected a constant bound in the loop marked "unroll", got ${bound}`);
  }
  const uses = new RegExp(`\\b${variable}\\b`, "g");
  return Array.from({ length: count }, (_, round) => body.replace(uses, `${round}u`));
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
    // An explicit zero: the compiler of Dawn (webgpu 0.6) does not make a variable zero again in each round of a loop.
    const variables = Array.from({ length: count }, (_, k) => `${indent}var ${array}_${k} = ${type}();`);
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

/** A block with one statement, which adds to a variable. */
const addingBlock = /\{\s*(\w+) \+= ([^;{}]+);\s*\}/g;
const addingRun = /\{\s*(\w+) \+= [^;{}]+;\s*\}(?:\s*\{\s*\1 \+= [^;{}]+;\s*\})+/g;

/**
 * Makes one statement of blocks that follow each other and only add to one variable, in the same order of additions.
 * SwiftShader keeps a variable in memory from statement to statement, but not within one.
 */
function joinSums(code: string): string {
  return code.replace(addingRun, (run, sum: string) => {
    const terms = [...run.matchAll(addingBlock)].map(([, , term = ""]) => term.replace(/\s+/g, " "));
    return `{ ${sum} = ${[sum, ...terms].join(" + ")}; }`;
  });
}
