/** Where the thesis says two things, and how that was settled. */
import type { Contradiction } from "../../nn/contradictions.ts";
import type { Table } from "./table.ts";

export function contradictionsTable(contradictions: readonly Contradiction[]): Table {
  return {
    id: "contradictions-table",
    title: "Where the thesis contradicts itself",
    caption: "Each place where the thesis says one thing and another elsewhere, and what cellgrad makes of it.",
    head: ["", "one place", "another", "settled"],
    rows: contradictions.map(({ row, places: [one, other], settled }) => ({
      cells: [String(row), one, other, settled],
    })),
  };
}
