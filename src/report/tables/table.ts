/** A table of a report. Cells are plain text, formatted; a column whose cells are numbers lines up on the right. */
export interface Table {
  /** A name for an HTML anchor. */
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly Row[];
}

export interface Row {
  /** The first names the row. */
  readonly cells: readonly string[];
  /** Small text under the cells, in their order; empty where there is none. */
  readonly below?: readonly string[];
  /** Whether it is of this run, among rows that are not. */
  readonly isOwn?: boolean;
}

/** What stands where there is no value. */
export const none = "–";
