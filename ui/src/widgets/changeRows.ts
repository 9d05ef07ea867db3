/** The rows of a change widget: each group now, beside the same a while before. Pure. */
import type { Table } from "./tables";
import type { WidgetRequest } from "./types";

export interface ChangeRow {
  name: string;
  now: number | null;
  before: number | null;
  /** Absolute, or a share of what was. */
  change: number | null;
}

const MS: Record<string, number> = {
  hour_before: 3_600_000,
  day_before: 86_400_000,
  week_before: 604_800_000,
  month_before: 2_592_000_000,
};
const SHIFT: Record<string, string> = {
  hour_before: "hour_before",
  day_before: "day_before",
  week_before: "week_before",
  month_before: "month_before",
};

/** Milliseconds back that the request compares to. */
export function backOf(request: WidgetRequest): number {
  return MS[String(request.compare_to ?? "hour_before")] ?? MS.hour_before!;
}

/** The request of the past alone, where the formulas write the comparison themselves: `hour_before(query1)`. */
export function comparedFormula(request: WidgetRequest): { now: string; back: number } | null {
  for (const { formula } of request.formulas ?? []) {
    const found = /^\s*(hour_before|day_before|week_before|month_before)\s*\(\s*(.+)\s*\)\s*$/.exec(formula);
    if (found && SHIFT[found[1]!]) return { now: found[2]!, back: MS[found[1]!]! };
  }
  return null;
}

/** Joined by group, sorted as the request says. */
export function changeRows(now: Table, before: Table, request: WidgetRequest): ChangeRow[] {
  const earlier = new Map(before.rows.map((row) => [row.tags.join("\u0000"), row.values[0] ?? null]));
  const relative = request.change_type === "relative";
  const rows = now.rows.map((row): ChangeRow => {
    const value = row.values[0] ?? null;
    const past = earlier.get(row.tags.join("\u0000")) ?? null;
    const difference = value === null || past === null ? null : value - past;
    const share = difference === null || !past ? null : difference / Math.abs(past);
    return {
      name: row.tags.filter(Boolean).join(", ") || now.columns[0]?.name || "all",
      now: value,
      before: past,
      change: relative ? share : difference,
    };
  });
  return sorted(rows, String(request.order_by ?? "change"), request.order_dir === "asc" ? 1 : -1);
}

function sorted(rows: ChangeRow[], by: string, sign: number): ChangeRow[] {
  if (by === "name")
    return rows.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }) * sign);
  const value = (row: ChangeRow) =>
    (by === "present" ? row.now : by === "past" ? row.before : row.change) ?? Number.NaN;
  return rows.sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    return (x - y) * sign;
  });
}
