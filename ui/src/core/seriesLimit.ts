/** Which of very many series are drawn. Pure. */
import type { Series, Values } from "./response";

/** More lines than this tell nothing and cost much. */
export const MAX_DRAWN = 100;

/** Outliers, then those whose absolute values have the largest mean; all of them where they are few enough. */
export function largest(series: readonly Series[], most = MAX_DRAWN): ReadonlySet<Series> {
  if (series.length <= most) return new Set(series);
  const sizes = new Map(series.map((one) => [one, size(one)]));
  return new Set([...series].sort((a, b) => sizes.get(b)! - sizes.get(a)!).slice(0, most));
}

function size({ outlier, values }: Series): number {
  return outlier ? Number.POSITIVE_INFINITY : meanSize(values);
}

function meanSize(values: Values): number {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    sum += Math.abs(value);
    count++;
  }
  return count === 0 ? -1 : sum / count;
}
