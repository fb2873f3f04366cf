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

/** The values of all `const name: u32 = …;` lines of a shader, in order, each from those before it. */
export function constantsOf(source: string): Map<string, number> {
  const constants = new Map<string, number>();
  for (const [, name = "", text = ""] of source.matchAll(/^const (\w+)(?:: u32)? = (.+?);/gm)) {
    const value = evaluate(text, constants);
    if (value !== undefined) constants.set(name, value);
  }
  return constants;
}
