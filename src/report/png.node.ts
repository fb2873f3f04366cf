/** Drawings as PNG, with the same font on every machine. */
import { createRequire } from "node:module";
import { Resvg } from "@resvg/resvg-js";
import { palette, onPaper } from "./palette.ts";

const { resolve } = createRequire(import.meta.url);
const fontFiles = ["400Regular/Inter_400Regular", "600SemiBold/Inter_600SemiBold"].map((name) =>
  resolve(`@expo-google-fonts/inter/${name}.ttf`),
);

/** Pixels of the PNG to one of the drawing. */
const zoom = 2;

/** The drawing on white paper. @throws Error if it is no SVG. */
export function pngOf(svg: string): Uint8Array {
  const resvg = new Resvg(onPaper(svg), {
    background: onPaper(palette.paper),
    fitTo: { mode: "zoom", value: zoom },
    font: { fontFiles, loadSystemFonts: false, defaultFontFamily: "Inter", sansSerifFamily: "Inter" },
  });
  return resvg.render().asPng();
}
