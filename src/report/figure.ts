/**
 * A figure of a report: a drawing with what a reader has to know to read it. Bitmaps lie inside the SVG as data URIs,
 * so that one file holds the whole figure.
 */
export interface Figure {
  /** A name for a file and an HTML anchor: lower-case letters, digits and hyphens. */
  readonly id: string;
  readonly title: string;
  /** What is shown, how many cases, the units, and what a reader should not conclude. Plain text. */
  readonly caption: string;
  /**
   * A whole `<svg>` element with its namespace, sizes in CSS pixels and a `viewBox`, about 720 wide. One that takes its
   * colours from `palette` (palette.ts) follows a page into the dark; any other is shown on white.
   */
  readonly svg: string;
  /** The same for a phone, about 340 wide. Without it a narrow screen scrolls over `svg`. */
  readonly narrow?: string;
}
