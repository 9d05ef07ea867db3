/** The order of a table's rows, and how many there are, as its request says. Pure. */
import type { Row, Table } from "./tables";
import type { WidgetRequest } from "./types";

type Order = NonNullable<NonNullable<WidgetRequest["sort"]>["order_by"]>[number];

/** Sorted by `sort.order_by`, in which a later entry decides among equals, and cut to `sort.count`; legacy queries
 * say `order` and `limit`. Rows without the value come last. */
export function arranged(table: Table, request: WidgetRequest): Table {
  const { by, count } = orderOf(request);
  if (by.length === 0 && count === undefined) return table;
  const rows = by.length > 0 ? [...table.rows].sort(comparer(table, by)) : table.rows;
  return { ...table, rows: count === undefined ? rows : rows.slice(0, count) };
}

function orderOf(request: WidgetRequest): { by: readonly Order[]; count: number | undefined } {
  const { sort, q, limit, order } = request;
  if (sort) return { by: sort.order_by ?? [], count: sort.count };
  if (q === undefined || (limit === undefined && order === undefined)) return { by: [], count: undefined };
  return { by: [{ type: "formula", index: 0, order: order ?? "desc" }], count: limit };
}

function comparer(table: Table, by: readonly Order[]): (a: Row, b: Row) => number {
  const keys = by.map((one) => {
    const at = one.type === "group" ? table.groups.indexOf(one.name ?? "") : (one.index ?? 0);
    const value = (row: Row) => (one.type === "group" ? row.tags[at] : row.values[at]);
    return { value, sign: one.order === "asc" ? 1 : -1 };
  });
  return (a, b) => {
    for (const { value, sign } of keys) {
      const difference = compared(value(a), value(b), sign);
      if (difference !== 0) return difference;
    }
    return 0;
  };
}

function compared(a: string | number | null | undefined, b: typeof a, sign: number): number {
  const [x, y] = [a ?? null, b ?? null];
  if (x === null || y === null) return Number(x === null) - Number(y === null);
  if (typeof x === "number" && typeof y === "number") return (x - y) * sign;
  return String(x).localeCompare(String(y), undefined, { numeric: true }) * sign;
}
