/** The bars of a top list. Pure. */
import type { Row, Table } from "./tables";
import type { WidgetRequest } from "./types";

export interface Bar {
  key: string;
  label: string;
  value: number;
  /** What it is made of; one part unless bars are stacked. */
  parts: { label: string; value: number }[];
}

const MAX_BARS = 500;

/** Sorted and cut as the request says; by value, largest first, when it says nothing. */
export function barsOf(table: Table, request: WidgetRequest, stacked: boolean): Bar[] {
  const name = table.columns[0]?.name ?? "";
  const rows = table.rows.filter((row) => row.values[0] !== null && row.values[0] !== undefined);
  const single = table.rows.length === 1 || table.columns.length === 1;
  if (!single && table.groups.length === 0) {
    // Several formulas without groups: a bar each.
    const values = table.rows[0]?.values ?? [];
    return ranked(
      table.columns.flatMap((column, i) => flat(column.name, values[i] ?? null)),
      request,
    );
  }
  if (stacked && table.groups.length > 1) return ranked(stack(rows), request);
  const bars = rows.flatMap((row) =>
    flat(row.tags.filter(Boolean).join(", ") || name, row.values[0] ?? null),
  );
  return ranked(bars, request);
}

function flat(label: string, value: number | null): Bar[] {
  return value === null ? [] : [{ key: label, label, value, parts: [{ label, value }] }];
}

/** A bar for each value of the first key, in parts of the further ones. */
function stack(rows: readonly Row[]): Bar[] {
  const bars = new Map<string, Bar>();
  for (const row of rows) {
    const label = row.tags[0] || "N/A";
    const bar = bars.get(label) ?? { key: label, label, value: 0, parts: [] };
    const value = row.values[0] ?? 0;
    bar.value += value;
    bar.parts.push({ label: row.tags.slice(1).join(", ") || "N/A", value });
    bars.set(label, bar);
  }
  for (const bar of bars.values()) bar.parts.sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  return [...bars.values()];
}

function ranked(bars: Bar[], request: WidgetRequest): Bar[] {
  const limit = request.formulas?.[0]?.limit;
  const order = request.sort?.order_by?.[0]?.order ?? limit?.order ?? "desc";
  const count = request.sort?.count ?? limit?.count ?? 100;
  const sign = order === "asc" ? 1 : -1;
  return bars.sort((a, b) => (a.value - b.value) * sign).slice(0, Math.min(count, MAX_BARS));
}
