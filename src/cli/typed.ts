/** Commands as one types them in a shell. */

type Value = string | number | boolean | undefined;

/** The words and the options of a command as one types them; an option that is absent or false is left out. */
export function typed(words: readonly string[], options: Readonly<Record<string, Value>> = {}): string {
  const given = Object.entries(options).filter(([, value]) => value !== undefined && value !== false);
  const flags = given.flatMap(([name, value]) => (value === true ? [`--${name}`] : [`--${name}`, String(value)]));
  return ["cellgrad", ...words, ...flags].map(quoted).join(" ");
}

/** A word that a shell would take apart, in quotes. */
const quoted = (word: string): string => (/^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
