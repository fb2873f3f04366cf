/** Constant WGSL expressions of unsigned integers: what a loop bound or an array index in a shader may be. */

/**
 * The value of an expression of literals, known names, `+ - * / %` and parentheses.
 *
 * @returns undefined if the text is anything else, a name is not known, or a difference is negative.
 */
export function evaluate(text: string, constants: ReadonlyMap<string, number>): number | undefined {
  const tokens = text.match(/[A-Za-z_]\w*|\d+u?|[-+*/%()]|\S/g) ?? [];
  let at = 0;

  const atom = (): number | undefined => {
    const token = tokens[at++];
    if (token === undefined) return undefined;
    if (token === "(") {
      const value = sum();
      return tokens[at++] === ")" ? value : undefined;
    }
    return /^\d+u?$/.test(token) ? Number.parseInt(token, 10) : constants.get(token);
  };

  const product = (): number | undefined => {
    let left = atom();
    while (left !== undefined && /^[*/%]$/.test(tokens[at] ?? "")) {
      const operator = tokens[at++];
      const right = atom();
      if (right === undefined || (operator !== "*" && right === 0)) return undefined;
      left = operator === "*" ? left * right : operator === "/" ? Math.floor(left / right) : left % right;
    }
    return left;
  };

  const sum = (): number | undefined => {
    let left = product();
    while (left !== undefined && /^[-+]$/.test(tokens[at] ?? "")) {
      const operator = tokens[at++];
      const right = product();
      if (right === undefined || (operator === "-" && right > left)) return undefined;
      left = operator === "+" ? left + right : left - right;
    }
    return left;
  };

  const value = sum();
  return at === tokens.length ? value : undefined;
}

/**
 * The value of a condition: comparisons of such expressions by `<` and `<=`, names of booleans with or without `!`,
 * all joined by `&&`.
 *
 * @returns undefined if the text is anything else.
 */
export function evaluateCondition(text: string, constants: ReadonlyMap<string, number>): boolean | undefined {
  const terms = text.split("&&").map((term) => evaluateTerm(term.trim(), constants));
  return terms.includes(undefined) ? undefined : terms.every(Boolean);
}

function evaluateTerm(term: string, constants: ReadonlyMap<string, number>): boolean | undefined {
  const comparison = /^([^<]+?) (<=?) ([^<]+)$/.exec(term);
  if (!comparison) {
    const value = evaluate(term.replace(/^!/, ""), constants);
    return value === undefined ? undefined : (value !== 0) !== term.startsWith("!");
  }
  const [, left = "", operator, right = ""] = comparison;
  const [a, b] = [evaluate(left, constants), evaluate(right, constants)];
  if (a === undefined || b === undefined) return undefined;
  return operator === "<" ? a < b : a <= b;
}

/** The values of all constant numbers and booleans (1 and 0) of a shader, in order, each from those before it. */
export function constantsOf(source: string): Map<string, number> {
  const constants = new Map<string, number>([
    ["true", 1],
    ["false", 0],
  ]);
  for (const [, name = "", text = ""] of source.matchAll(/^const (\w+)(?:: (?:u32|bool))? = (.+?);/gm)) {
    const value = evaluate(text, constants);
    if (value !== undefined) constants.set(name, value);
  }
  return constants;
}
