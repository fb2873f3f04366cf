/**
 * Colours of figures, as CSS variables with the value for white paper: a page that sets the variables can show a drawing
 * in the dark. Blue and vermilion are told apart with every kind of colour vision, and by their lightness in gray.
 */
export const palette = {
  ink: "var(--ink, #1b1e23)",
  muted: "var(--muted, #5c636d)",
  grid: "var(--grid, #e2e5e9)",
  paper: "var(--paper, #ffffff)",
  /** Training, as in the thesis red. */
  training: "var(--training, #c2480a)",
  /** Validation and test, as in the thesis blue. */
  held: "var(--held, #0a67ad)",
} as const;

/** The drawing with the colours for white paper in place of variables, for programs that do not know these. */
export const onPaper = (svg: string): string => svg.replace(/var\(--[a-z]+, (#[0-9a-f]{6})\)/g, "$1");

/** Whether a drawing follows the page's colours. */
export const followsPage = (svg: string): boolean => svg.includes("var(--");
