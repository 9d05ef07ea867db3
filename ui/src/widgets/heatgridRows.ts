/** The rows of a heat grid: a line a group, a cell a span of time. Pure. */
import type { Series } from "~/core/response";

export interface GridRow {
  label: string;
  /** Mean of each column; null where there is nothing. */
  cells: (number | null)[];
}

export interface GridData {
  rows: GridRow[];
  /** UNIX milliseconds at which each column begins, and the end of the last. */
  times: number[];
  low: number;
  high: number;
}

interface Sort {
  property?: string;
  aggregation?: "avg" | "max" | "min" | "sum";
  order?: "asc" | "desc";
}

/** Values of each series averaged over at most `columns` spans of [`from`, `to`), in the order that is set. */
export function gridData(
  series: readonly Series[],
  { from, to }: { from: number; to: number },
  columns: number,
  sort: Sort = {},
): GridData {
  const width = (to - from) / columns;
  const rows = series.map((one) => ({ label: labelOf(one), cells: cellsOf(one, from, width, columns) }));
  const down = sort.order === "asc" ? -1 : 1;
  rows.sort((a, b) =>
    sort.property === "label"
      ? -down * a.label.localeCompare(b.label)
      : down * (weightOf(b, sort.aggregation) - weightOf(a, sort.aggregation)),
  );
  const values = rows.flatMap((row) => row.cells.filter((cell) => cell !== null));
  return {
    rows,
    times: Array.from({ length: columns + 1 }, (_, i) => from + i * width),
    low: values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
    high: values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
  };
}

const labelOf = ({ tags, name }: Series) =>
  tags.length > 0 ? tags.map((tag) => tag.slice(tag.indexOf(":") + 1)).join(", ") : name;

function cellsOf(series: Series, from: number, width: number, columns: number): (number | null)[] {
  const sums = new Array<number>(columns).fill(0);
  const counts = new Array<number>(columns).fill(0);
  series.times.forEach((time, i) => {
    const [value, at] = [series.values[i], Math.floor((time - from) / width)];
    if (value === null || value === undefined || at < 0 || at >= columns) return;
    sums[at]! += value;
    counts[at]! += 1;
  });
  return sums.map((sum, i) => (counts[i] ? sum / counts[i]! : null));
}

function weightOf({ cells }: GridRow, aggregation: Sort["aggregation"] = "avg"): number {
  const values = cells.filter((cell) => cell !== null);
  if (values.length === 0) return Number.NEGATIVE_INFINITY;
  if (aggregation === "max") return Math.max(...values);
  if (aggregation === "min") return Math.min(...values);
  const sum = values.reduce((total, value) => total + value, 0);
  return aggregation === "sum" ? sum : sum / values.length;
}
