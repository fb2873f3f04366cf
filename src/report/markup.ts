/** HTML from templates in which every value is escaped. */

/** Text that is HTML already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

type Value = string | number | Markup | readonly Markup[];

/** A template of HTML: markup is kept, everything else is text and becomes it. */
export function html(pieces: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(pieces.reduce((text, piece, i) => text + show(values[i - 1] ?? "") + piece));
}

const show = (value: Value): string =>
  typeof value === "object"
    ? value instanceof Markup
      ? value.text
      : value.map(({ text }) => text).join("")
    : escape(String(value));

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
