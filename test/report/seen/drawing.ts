/** What tests read out of a drawing. */
import { Resvg } from "@resvg/resvg-js";
import { PNG } from "pngjs";
import { expect } from "vitest";
import type { Figure } from "../../../src/report/figure.ts";
import type { Bitmap, Encode } from "../../../src/report/seen/bitmap.ts";

/** Keeps the bitmaps apart from the drawing: each becomes its number. */
export function collector(): { bitmaps: Bitmap[]; encode: Encode } {
  const bitmaps: Bitmap[] = [];
  return { bitmaps, encode: (bitmap) => `#${bitmaps.push(bitmap) - 1}` };
}

export const pixelOf = ({ width, channels, pixels }: Bitmap, row: number, column: number): number[] => [
  ...pixels.subarray((row * width + column) * channels, (row * width + column + 1) * channels),
];

export const textsOf = (svg: string): string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, content]) =>
    content.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code))),
  );

export const imagesOf = (svg: string): string[] => [...svg.matchAll(/<image[^>]* href="([^"]*)"/g)].map(([, id]) => id);

/** Fails unless both drawings are well-formed, of the width that they should have, and inside it. */
export function expectDrawn({ svg, narrow }: Figure): void {
  for (const [drawing, width] of [
    [svg, 720],
    [narrow ?? "", 340],
  ] as const) {
    expect(new Resvg(drawing).width).toBe(width);
    expect(drawing).not.toMatch(/NaN|undefined|Infinity/);
    const [, box] = /viewBox="0 0 (\S+ \S+)"/.exec(drawing)!;
    expect(box).toBe(`${width} ${/ height="(\d+)"/.exec(drawing)![1]}`);
    for (const [, x, extent] of drawing.matchAll(/<image x="([^"]+)" y="[^"]+" width="([^"]+)"/g)) {
      expect(Number(x) + Number(extent)).toBeLessThanOrEqual(width + 0.01);
    }
  }
}

/** The PNG of a data URI. */
export const pngIn = (uri: string): PNG => PNG.sync.read(Buffer.from(uri.split(",")[1], "base64"));
