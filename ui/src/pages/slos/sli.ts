/** The share of good events over time, of the answers to the two queries of an SLI. Pure. */

import type { Series } from "~/core/response";

export interface Sli {
  /** Percent over the whole window; null where there are no events. */
  overall: number | null;
  /** Percent of each bucket. */
  line: Series[];
}

/** `series` are lines of formulas 0 (good events) and 1 (all events); lines of groups are added up. */
export function sliOf(series: readonly Series[]): Sli {
  const good = sums(series, 0);
  const all = sums(series, 1);
  const times = [...all.keys()].sort((one, other) => one - other);
  const total = times.reduce((sum, time) => sum + all.get(time)!, 0);
  if (total <= 0) return { overall: null, line: [] };
  const met = times.reduce((sum, time) => sum + (good.get(time) ?? 0), 0);
  const values = times.map((time) =>
    all.get(time)! > 0 ? (100 * (good.get(time) ?? 0)) / all.get(time)! : Number.NaN,
  );
  return {
    overall: (100 * met) / total,
    line: [{ name: "SLI", tags: [], unit: [{ name: "percent" }], times, values }],
  };
}

/** The query with `.as_count()` on each selector, as the status is computed: an SLO sums events, not rates. */
export function counted(text: string): string {
  return text.replace(
    /(\{[^{}]*\}(?:\s*by\s*\{[^{}]*\})?)((?:\.\w+\([^()]*\))*)/g,
    (_, selector: string, modifiers: string) =>
      `${selector}.as_count()${modifiers.replace(/\.as_(?:count|rate)\(\s*\)/g, "")}`,
  );
}

function sums(series: readonly Series[], formula: number): Map<number, number> {
  const found = new Map<number, number>();
  for (const one of series) {
    if ((one.formula ?? 0) !== formula) continue;
    one.times.forEach((time, place) => {
      const value = one.values[place];
      if (value !== undefined && value !== null && !Number.isNaN(value))
        found.set(time, (found.get(time) ?? 0) + value);
    });
  }
  return found;
}
