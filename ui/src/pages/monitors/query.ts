/** A metric monitor's query, taken apart for the form and put together again. */

export interface MetricCondition {
  aggregator: string;
  /** `last_5m`, `last_1h`, ... */
  window: string;
  query: string;
  comparator: string;
  /** Empty while no threshold is given. */
  critical: string;
}

const SHAPE = /^\s*(\w+)\(([^)]*)\)\s*:\s*([\s\S]+?)\s*(>=|<=|==|!=|>|<)\s*(-?[\d.]+(?:e[-+]?\d+)?)?\s*$/i;

/** The parts of `avg(last_5m):avg:metric{*} > 5`; null for other kinds of query. */
export function readCondition(text: string): MetricCondition | null {
  const found = SHAPE.exec(text);
  if (!found) return null;
  const [, aggregator, window, query, comparator, critical] = found as unknown as string[];
  return {
    aggregator: aggregator!,
    window: window!,
    query: query!,
    comparator: comparator!,
    critical: critical ?? "",
  };
}

export function writeCondition(condition: MetricCondition): string {
  const { aggregator, window, query, comparator, critical } = condition;
  return `${aggregator}(${window}):${query.trim()} ${comparator} ${critical}`;
}

/** Milliseconds of `last_5m`, `last_1h`, `last_1d`, `last_1w`, `last_1mo`; five minutes when it is none of them. */
export function windowLength(window: string): number {
  const found = /^last_(\d+)(mo|[mhdw])$/.exec(window.split(",")[0] ?? "");
  const units: Record<string, number> = { m: 60, h: 3600, d: 86400, w: 604800, mo: 2592000 };
  return found ? Number(found[1]) * units[found[2]!]! * 1000 : 300_000;
}
