/** Drawings as PNG, with the same font on every machine. */
import { createRequire } from "node:module";
import { CellgradError } from "../errors.ts";
import { palette, onPaper } from "./palette.ts";

/** Pixels of the PNG to one of the drawing. */
const zoom = 2;

/**
 * Loads what draws: it is native, and not there in every installation.
 *
 * @returns what makes a PNG of a drawing on white paper, and throws an Error for what is no SVG.
 * @throws CellgradError if it cannot be loaded.
 */
export async function loadPngDrawer(): Promise<(svg: string) => Uint8Array> {
  const { Resvg, fontFiles } = await load();
  return (svg) => {
    const resvg = new Resvg(onPaper(svg), {
      background: onPaper(palette.paper),
      fitTo: { mode: "zoom", value: zoom },
      font: { fontFiles, loadSystemFonts: false, defaultFontFamily: "Inter", sansSerifFamily: "Inter" },
    });
    return resvg.render().asPng();
  };
}

async function load() {
  try {
    const { resolve } = createRequire(import.meta.url);
    const fontFiles = ["400Regular/Inter_400Regular", "600SemiBold/Inter_600SemiBold"].map((name) =>
      resolve(`@expo-google-fonts/inter/${name}.ttf`),
    );
    const { Resvg } = await import("@resvg/resvg-js");
    return { Resvg, fontFiles };
  } catch (cause) {
    const got = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new CellgradError(
      `PNG: expected the packages @resvg/resvg-js and @expo-google-fonts/inter, which draw, got "${got}". ` +
        "Install them; cellgrad report needs them for --figures alone.",
      { cause },
    );
  }
}
