/** A figure as a file of its own. */
import { onPaper } from "./palette.ts";

/** Text without the control characters that XML knows no way to write, such as the name of an image may hold. */
export const drawable = (text: string): string => text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, "\ufffd");

/** Pixels of paper around a drawing. */
const margin = 16;

/** A drawing on white paper with a margin, in colours that every program knows. */
export function fileOf(svg: string): string {
  return onPaper(drawable(svg)).replace(/^<svg[^>]*>/, (start) =>
    start
      .replace(/ (width|height)="([\d.]+)"/g, (_, name, size) => ` ${name}="${Number(size) + 2 * margin}"`)
      .replace(/ viewBox="0 0 ([\d.]+) ([\d.]+)"/, (_, width, height) => {
        return ` viewBox="${-margin} ${-margin} ${Number(width) + 2 * margin} ${Number(height) + 2 * margin}"`;
      }),
  );
}
