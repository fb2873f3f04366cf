/**
 * Draws cells on a canvas of gray levels relative to the background. Contributions add, as phase does: no cell
 * hides another.
 */
import type { Body, Spot } from "./cell.ts";
import { depthOf, reachOf, signedDistance } from "./outline.ts";
import { fieldSize, rendering } from "./parameters.ts";
import type { PlacedCell } from "./place.ts";

/** A square image of gray levels over the field. */
export interface Canvas {
  readonly size: number;
  /** [size, size], row by row. */
  readonly levels: Float64Array;
}

const { softness, sampleStep: widestStep, mostSamples } = rendering;

/** Adds a cell to the canvas. */
export function paintCell(canvas: Canvas, { cell, x, y }: PlacedCell): void {
  for (const body of cell.bodies) paintBody(canvas, body, x + body.x, y + body.y);
  for (const spot of cell.spots) paintSpot(canvas, spot, x + spot.x, y + spot.y);
}

function paintBody(canvas: Canvas, { outline, look }: Body, x: number, y: number): void {
  const depth = depthOf(outline);
  const reach = reachOf(outline) + look.haloWidth;
  paint(canvas, x, y, reach, (dx, dy) => {
    if (dx * dx + dy * dy >= reach * reach) return 0;
    const distance = signedDistance(outline, dx, dy);
    if (distance >= look.haloWidth) return 0;
    const fade = 1 - Math.max(distance, 0) / look.haloWidth;
    const halo = look.halo * fade * fade;
    if (distance >= softness) return halo;
    const inside = look.edge + (look.centre - look.edge) * smoothStep(-distance / depth);
    return inside + (halo - inside) * smoothStep((distance + softness) / (2 * softness));
  });
}

/** A spot smaller than a sample's cell is widened at equal volume, so that it cannot fall between samples. */
function paintSpot(canvas: Canvas, spot: Spot, x: number, y: number): void {
  const radius = Math.max(spot.radius, 1.5 * sampleStep(canvas));
  const amplitude = (spot.amplitude * spot.radius * spot.radius) / (radius * radius);
  paint(canvas, x, y, radius, (dx, dy) => {
    const rest = 1 - (dx * dx + dy * dy) / (radius * radius);
    return rest <= 0 ? 0 : amplitude * rest * rest;
  });
}

const samplesOf = ({ size }: Canvas): number => Math.min(mostSamples, Math.ceil(fieldSize / size / widestStep));

const sampleStep = (canvas: Canvas): number => fieldSize / canvas.size / samplesOf(canvas);

/** Adds `level(dx, dy)`, averaged over each pixel's samples, where (dx, dy) from (x, y) is within `reach` a side. */
function paint(canvas: Canvas, x: number, y: number, reach: number, level: (dx: number, dy: number) => number): void {
  const { size, levels } = canvas;
  const samples = samplesOf(canvas);
  const step = sampleStep(canvas);
  const pixel = step * samples;
  const firstColumn = Math.max(0, Math.floor((x - reach) / pixel));
  const lastColumn = Math.min(size - 1, Math.floor((x + reach) / pixel));
  const firstRow = Math.max(0, Math.floor((y - reach) / pixel));
  const lastRow = Math.min(size - 1, Math.floor((y + reach) / pixel));
  for (let row = firstRow; row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++) {
      let sum = 0;
      for (let i = 0; i < samples; i++) {
        const dy = row * pixel + (i + 0.5) * step - y;
        for (let j = 0; j < samples; j++) sum += level(column * pixel + (j + 0.5) * step - x, dy);
      }
      levels[row * size + column]! += sum / (samples * samples);
    }
  }
}

/** 0 up to t = 0, 1 from t = 1, with level ends. */
function smoothStep(t: number): number {
  const clamped = Math.min(1, Math.max(0, t));
  return clamped * clamped * (3 - 2 * clamped);
}
