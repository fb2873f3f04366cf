/** Drawings as text: elements, escaped, in the house style. */
import type { Figure } from "../figure.ts";
import { drawable } from "../figure-file.ts";
import { palette } from "../palette.ts";

export type Attributes = Readonly<Record<string, string | number>>;

/** Widths in CSS pixels of a figure in a report and on a phone: figure.ts. */
export const widths = { wide: 720, narrow: 340 } as const;

/** Text as markup. */
export const escaped = (text: string): string =>
  drawable(text).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/** Pixels to a hundredth: a drawing gains nothing from more. */
const shown = (value: string | number): string =>
  typeof value === "number" ? String(Math.round(value * 100) / 100) : escaped(value);

/** An element; its children are markup. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${shown(value)}"`);
  const start = `<${name}${written.join("")}`;
  return children.length === 0 ? `${start}/>` : `${start}>${children.join("")}</${name}>`;
}

export interface TextStyle {
  /** Pixels; by default 11. */
  readonly size?: number;
  readonly bold?: boolean;
  readonly muted?: boolean;
  readonly anchor?: "start" | "middle" | "end";
}

/** A line of text on its base line. */
export function text(x: number, y: number, content: string, style: TextStyle = {}): string {
  const { size = 11, bold = false, muted = false, anchor = "start" } = style;
  const attributes: Attributes = {
    ...{ x, y, "font-size": size, fill: muted ? palette.muted : palette.ink },
    ...(bold && { "font-weight": 600 }),
    ...(anchor !== "start" && { "text-anchor": anchor }),
  };
  return element("text", attributes, escaped(content));
}

/** As much of a line as fits into a width, by the mean width of Inter's letters; points and spaces have half of it. */
export function fitted(content: string, width: number, size = 11): string {
  const letters = Math.floor(width / (0.56 * size));
  const narrow = content.match(/[ .,]/g)?.length ?? 0;
  return content.length - narrow / 2 <= letters ? content : `${content.slice(0, Math.max(letters - 1, 1))}…`;
}

/** A bitmap in a frame. */
export const picture = (x: number, y: number, width: number, height: number, href: string): string =>
  element("image", { x, y, width, height, href, preserveAspectRatio: "none" });

/** What is drawn, and how high it became. */
export interface Drawn {
  readonly height: number;
  readonly content: readonly string[];
}

/** A figure from a function that draws it at a width. */
export function figureOf(about: Pick<Figure, "id" | "title" | "caption">, drawAt: (width: number) => Drawn): Figure {
  const svgAt = (width: number): string => {
    const { height, content } = drawAt(width);
    const size = { width, height: Math.ceil(height), viewBox: `0 0 ${width} ${Math.ceil(height)}` };
    const font = { "font-family": "Inter, system-ui, sans-serif" };
    const name = { role: "img", "aria-label": about.title };
    return element("svg", { xmlns: "http://www.w3.org/2000/svg", ...size, ...font, ...name }, ...content);
  };
  return { ...about, svg: svgAt(widths.wide), narrow: svgAt(widths.narrow) };
}
