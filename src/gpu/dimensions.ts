/**
 * Shapes as uniforms. A shader marks the constants that only shapes set: `const inHeight: u32 = 8u; // dimension: H`.
 * Where an adapter compiles slowly, the loader reads them from a small uniform buffer instead of writing them into the
 * code, so that layers of different shape share one pipeline. docs/decisions/0010 has the figures.
 */
import { ShapeError } from "../errors.ts";

const dimensionLine = /^const (\w+): u32 = (\d+)u?; *\/\/ dimension.*$/gm;
const derivedConstant = /^const (\w+)(?:: \w+)? = ([^;]+);.*$/m;
const loopHead = /for \(var (\w+) = ([^;]+); \1 < ([^;]+); \1\+\+\) \{/g;

/** Above every trip count; a constant bound keeps the compiler from guarding the loop. */
const mostRounds = "0x7fffffffu";

/** The names of a shader's dimensions, in the order of their uniforms. */
export const dimensionsOf = (source: string): string[] =>
  [...source.matchAll(dimensionLine)].map(([, name = ""]) => name);

/** The values of the dimensions, in their order: given ones, else the shader's own. */
export function dimensionWords(
  source: string,
  constants: Readonly<Record<string, number | boolean>>,
): Uint32Array<ArrayBuffer> {
  return new Uint32Array(
    [...source.matchAll(dimensionLine)].map(([, name = "", initial]) => Number(constants[name] ?? initial)),
  );
}

/**
 * The shader with its dimensions in `@group(1) @binding(0)`. Constants that depend on them become expressions, and
 * loops up to them leave by a test.
 *
 * @throws ShapeError if a local name hides a dimension.
 */
export function bindDimensions(name: string, source: string): string {
  const names = dimensionsOf(source);
  if (names.length === 0) return source;
  const fields = names.map((dimension) => `  ${dimension}: u32,`).join("\n");
  const declaration = `struct Dimensions {\n${fields}\n}\n@group(1) @binding(0) var<uniform> dimensions: Dimensions;`;
  let declared = false;
  let code = source.replace(dimensionLine, () => {
    if (declared) return "";
    declared = true;
    return declaration;
  });
  const meaning = new Map(names.map((dimension) => [dimension, `dimensions.${dimension}`]));
  code = inlineDerived(code, meaning);
  for (const dimension of meaning.keys()) {
    if (new RegExp(`\\b(?:let|var) ${dimension}\\b`).test(code)) {
      throw new ShapeError(`${name}: expected no local name like the dimension ${dimension}, got one`);
    }
  }
  const [before = "", after = ""] = code.split(declaration);
  code = before + declaration + substitute(after, meaning);
  return code.replace(loopHead, (head, variable: string, first: string, bound: string) =>
    bound.includes("dimensions.")
      ? `for (var ${variable} = ${first}; ${variable} < ${mostRounds}; ${variable}++) { if (${variable} >= ${bound}) { break; }`
      : head,
  );
}

/** Takes out every constant that depends on a dimension, and adds what it stands for to `meaning`. */
function inlineDerived(source: string, meaning: Map<string, string>): string {
  let kept = "";
  let rest = source;
  for (let found = derivedConstant.exec(rest); found; found = derivedConstant.exec(rest)) {
    const [line, name = "", expression = ""] = found;
    const expanded = substitute(expression, meaning);
    const end = found.index + line.length;
    if (expanded === expression) kept += rest.slice(0, end);
    else {
      meaning.set(name, `(${expanded})`);
      kept += rest.slice(0, found.index);
    }
    rest = rest.slice(end);
  }
  return kept + rest;
}

const substitute = (code: string, meaning: ReadonlyMap<string, string>): string =>
  meaning.size === 0
    ? code
    : code.replace(
        new RegExp(`(?<![.\\w])(?:${[...meaning.keys()].join("|")})\\b`, "g"),
        (name) => meaning.get(name) ?? name,
      );
