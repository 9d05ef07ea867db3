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
  if (table.columns.length > 1 && table.groups.length > 0) return ranked(perFormula(table, stacked), request);
  if (table.columns.length > 1) {
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

/** Of several formulas by group: a bar a group in parts of the formulas, or a bar for each of both. */
function perFormula(table: Table, stacked: boolean): Bar[] {
  return table.rows.flatMap((row): Bar[] => {
    const label = row.tags.filter(Boolean).join(", ") || "N/A";
    const parts = table.columns.flatMap((column, i) => {
      const value = row.values[i] ?? null;
      return value === null ? [] : [{ label: column.name, value }];
    });
    if (parts.length === 0) return [];
    if (!stacked) return parts.flatMap((part) => flat(`${label} · ${part.label}`, part.value));
    return [{ key: label, label, value: parts.reduce((sum, part) => sum + part.value, 0), parts }];
  });
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
  const by = request.sort?.order_by?.[0];
  const count = request.sort?.count ?? limit?.count ?? 100;
  const sign = (by?.order ?? limit?.order ?? "desc") === "asc" ? 1 : -1;
  const compare = (a: Bar, b: Bar) =>
    by?.type === "group" ? a.label.localeCompare(b.label, undefined, { numeric: true }) : a.value - b.value;
  return bars.sort((a, b) => compare(a, b) * sign).slice(0, Math.min(count, MAX_BARS));
}
