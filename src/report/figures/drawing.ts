/** What all figures share: Observable Plot with one font, one size and the palette, and panels on a sheet. */
import * as Plot from "@observablehq/plot";
import type { Figure } from "../figure.ts";
import { palette } from "../palette.ts";

/** The font of figures; where it is not installed, the page's. */
export const fontFamily = "Inter, system-ui, sans-serif";
export const fontSize = 12;
const namespace = "http://www.w3.org/2000/svg";

/** Widths in CSS pixels of a figure in a report and on a phone. */
const wide = 756;
const narrow = 340;

/** A drawing, and where it put a value. */
export interface Drawing {
  readonly svg: Element;
  /** The vertical position of a value, in pixels. */
  readonly y: (value: number) => number;
}

/** Draws marks with the house style. */
export function draw(document: Document, options: Plot.PlotOptions): Drawing {
  const svg = Plot.plot({
    document,
    ...options,
    style: { fontFamily, fontSize: `${fontSize}px`, color: palette.ink },
  });
  svg.querySelector("style")?.remove(); // it speaks to pages of several plots
  svg.removeAttribute("class");
  const scale = svg.scale("y");
  return { svg, y: (value) => Number(scale?.apply(value)) };
}

/** A figure from a function that draws it at a width. */
export function figure(about: Pick<Figure, "id" | "title" | "caption">, drawAt: (width: number) => Element): Figure {
  const text = (width: number): string => {
    const svg = drawAt(width);
    svg.setAttribute("xmlns", namespace);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", about.title);
    return svg.outerHTML;
  };
  return { ...about, svg: text(wide), narrow: text(narrow) };
}

/** Pixels between panels. */
const gap = 12;

export interface Grid {
  readonly columns: number;
  readonly panelWidth: number;
}

/** Panels that stand side by side on a sheet: one on a phone, at most three elsewhere. */
export function gridOf(width: number, count: number): Grid {
  if (width < wide) return { columns: 1, panelWidth: width };
  const columns = Math.min(count, 3);
  return { columns, panelWidth: Math.floor((width + gap) / Math.max(columns, 2)) - gap };
}

/** Panels of one size in rows, as one drawing. */
export function arrange(document: Document, panels: readonly Element[], columns: number): Element {
  const [first] = panels;
  const [width, height] = [Number(first?.getAttribute("width")), Number(first?.getAttribute("height"))];
  const rows = Math.ceil(panels.length / columns);
  const sheet = document.createElementNS(namespace, "svg");
  const size = [columns * (width + gap) - gap, rows * (height + gap) - gap] as const;
  set(sheet, { width: size[0], height: size[1], viewBox: `0 0 ${size[0]} ${size[1]}` });
  panels.forEach((panel, i) => {
    set(panel, { x: (i % columns) * (width + gap), y: Math.floor(i / columns) * (height + gap) });
    sheet.append(panel);
  });
  return sheet;
}

/** Adds an element to a drawing. */
export function add(parent: Element, name: string, attributes: Attributes, text?: string): void {
  const element = parent.ownerDocument.createElementNS(namespace, name);
  set(element, attributes);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
}

type Attributes = Readonly<Record<string, string | number>>;

function set(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}
