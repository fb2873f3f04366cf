/** What a report consists of, before it becomes a page. */
import type { Figure } from "./figure.ts";
import type { PredictionRow } from "./predictions.ts";
import type { Table } from "./tables/table.ts";

/** A part of a report that cannot be there, with the reason and what would bring it. */
export interface Absent {
  readonly what: string;
  readonly why: string;
}

/** An image with its labels and predictions. */
export interface GalleryImage {
  readonly row: PredictionRow;
  /** The image as a data URI; null where it is not at hand. */
  readonly picture: string | null;
}

export interface Gallery {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly outputs: readonly string[];
  readonly images: readonly GalleryImage[];
}

export type Block =
  | { readonly kind: "figure"; readonly figure: Figure }
  | { readonly kind: "table"; readonly table: Table }
  | { readonly kind: "gallery"; readonly gallery: Gallery }
  | { readonly kind: "absent"; readonly absent: Absent };

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

export const figureBlock = (figure: Figure): Block => ({ kind: "figure", figure });
export const tableBlock = (table: Table): Block => ({ kind: "table", table });
export const absentBlock = (what: string, why: string): Block => ({ kind: "absent", absent: { what, why } });
