/** Numbers about one series, for legends, tables and readers of the screen. */
import { formatValue, writeNumber } from "../units";
import type { ChartSpec, Cut, Values } from "./model";

export interface Summary {
  last: number | null;
  avg: number | null;
  min: number | null;
  max: number | null;
  sum: number | null;
}

export function summarize(values: Values): Summary {
  let sum = 0;
  let count = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let last: number | null = null;
  for (const value of values) {
    if (value === null || value === undefined || !Number.isFinite(value)) continue;
    sum += value;
    count++;
    min = Math.min(min, value);
    max = Math.max(max, value);
    last = value;
  }
  if (count === 0) return { last: null, avg: null, min: null, max: null, sum: null };
  return { last, avg: sum / count, min, max, sum };
}

/** A sentence for those who cannot see the picture. */
export function describe({ series, cut }: Pick<ChartSpec, "series" | "cut">): string {
  if (series.length === 0) return "Empty chart";
  const parts = series.slice(0, 3).map((one) => {
    const { min, max, last } = summarize(one.values);
    const say = (value: number | null) => formatValue(value, one.unit);
    return `${one.label}${one.outlier ? " (outlier)" : ""}: minimum ${say(min)}, maximum ${say(max)}, last ${say(last)}`;
  });
  const rest = series.length > 3 ? `; and ${series.length - 3} more` : "";
  const count = cut ? cutWords(cut) : `${series.length} series`;
  return `Chart of ${count}. ${parts.join("; ")}${rest}`;
}

/** `100 of 1,234 series, the largest`. */
export function cutWords({ drawn, total }: Cut): string {
  return `${writeNumber(drawn, 9)} of ${writeNumber(total, 9)} series, the largest`;
}
