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

/** What such a query is compared with, where that is not its own value. */
const COMPARED: Record<string, { meaning: string; window: string; comparator: string; critical: string }> = {
  anomalies: {
    meaning: "The threshold is the share of the window that lies out of the gray band: 1 is all of it.",
    window: "last_4h",
    comparator: ">=",
    critical: "1",
  },
  outliers: {
    meaning: "The threshold is 0: every series that differs from the rest is told of.",
    window: "last_30m",
    comparator: ">",
    critical: "0",
  },
};

function comparedOf(query: string) {
  return COMPARED[/^\s*(\w+)\(/.exec(query)?.[1] ?? ""];
}

/** What the threshold of this query means, where it is not a value of the graph. */
export function thresholdMeaning(query: string): string | undefined {
  return comparedOf(query)?.meaning;
}

/** The condition with another query: of another kind, it gets the window and threshold that this kind needs. */
export function withQuery(condition: MetricCondition, query: string): MetricCondition {
  const [before, after] = [comparedOf(condition.query), comparedOf(query)];
  if (!after || before === after) return { ...condition, query };
  const { window, comparator, critical } = after;
  return { query, aggregator: "avg", window, comparator, critical };
}

/** Milliseconds of `last_5m`, `last_1h`, `last_1d`, `last_1w`, `last_1mo`; five minutes when it is none of them. */
export function windowLength(window: string): number {
  const found = /^last_(\d+)(mo|[mhdw])$/.exec(window.split(",")[0] ?? "");
  const units: Record<string, number> = { m: 60, h: 3600, d: 86400, w: 604800, mo: 2592000 };
  return found ? Number(found[1]) * units[found[2]!]! * 1000 : 300_000;
}
