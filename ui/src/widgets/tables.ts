/** One number a group: what toplists, tables and single values show. */

import type { Series } from "~/core/response";
import type { UnitPair } from "~/core/units";

export interface Row {
  tags: string[];
  values: (number | null)[];
}

/** One row a group, one column a formula. */
export interface Table {
  columns: { name: string; unit: UnitPair | null }[];
  groups: string[];
  rows: Row[];
}

interface Column {
  name: string;
  type: "group" | "number";
  values: (string[] | number | null)[];
  meta?: { unit?: UnitPair | null } | null;
}

export interface ScalarAnswer {
  data?: { attributes?: { columns?: Column[] } };
  meta?: { notes?: string[] };
  errors?: string | null;
}

/** The table of `POST /api/v2/query/scalar`; number columns take `names`, in order. */
export function fromScalar(answer: ScalarAnswer, names: readonly string[]): Table {
  const columns = answer.data?.attributes?.columns ?? [];
  const groups = columns.filter((column) => column.type === "group");
  const numbers = columns.filter((column) => column.type === "number");
  const count = Math.max(0, ...columns.map((column) => column.values.length));
  return {
    columns: numbers.map((column, index) => ({
      name: names[index] || column.name,
      unit: column.meta?.unit ?? null,
    })),
    groups: groups.map((column) => column.name),
    rows: Array.from({ length: count }, (_, row) => ({
      tags: groups.map((column) => [(column.values[row] ?? []) as string[]].flat().join(", ")),
      values: numbers.map((column) => (column.values[row] ?? null) as number | null),
    })),
  };
}

/** One number for a series: the request's `aggregator` over its values that are there. */
export function reduce(values: readonly (number | null)[], aggregator = "avg"): number | null {
  const there = values.filter((value): value is number => value !== null && Number.isFinite(value));
  if (there.length === 0) return null;
  switch (aggregator) {
    case "sum":
      return there.reduce((sum, value) => sum + value, 0);
    case "min":
      return Math.min(...there);
    case "max":
      return Math.max(...there);
    case "last":
      return there[there.length - 1]!;
    default:
      return there.reduce((sum, value) => sum + value, 0) / there.length;
  }
}

/** A table from series: what a legacy `q` gives to a widget that shows single numbers. */
export function tabled(series: readonly Series[], aggregator: string | undefined, name: string): Table {
  const keys = [...new Set(series.flatMap((entry) => entry.tags.map((tag) => tag.split(":")[0]!)))];
  return {
    columns: [{ name, unit: series[0]?.unit ?? null }],
    groups: keys,
    rows: series.map((entry) => ({
      tags: keys.map(
        (key) => entry.tags.find((tag) => tag.startsWith(`${key}:`))?.slice(key.length + 1) ?? "",
      ),
      values: [reduce(entry.values, aggregator)],
    })),
  };
}

/** Joins the columns of several tables over equal groups: one legacy request a column. */
export function joinTables(tables: readonly Table[]): Table {
  const first = tables[0];
  if (!first || tables.length === 1) return first ?? { columns: [], groups: [], rows: [] };
  const width = tables.map((table) => table.columns.length);
  const rows = new Map<string, Row>();
  let offset = 0;
  const total = width.reduce((sum, count) => sum + count, 0);
  tables.forEach((table, index) => {
    for (const row of table.rows) {
      const key = row.tags.join("\u0000");
      const joined = rows.get(key) ?? { tags: row.tags, values: Array<number | null>(total).fill(null) };
      row.values.forEach((value, column) => {
        joined.values[offset + column] = value;
      });
      rows.set(key, joined);
    }
    offset += width[index]!;
  });
  return {
    columns: tables.flatMap((table) => table.columns),
    groups: first.groups,
    rows: [...rows.values()],
  };
}
