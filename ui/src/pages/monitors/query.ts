/** A metric monitor's query, taken apart for the form and put together again. */

import type { Thresholds } from "./api";
import { readDetection } from "./detection";

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
    meaning: "The threshold is 0: every series that differs from the rest alerts.",
    window: "last_30m",
    comparator: ">",
    critical: "0",
  },
};

const AUTO_MEANING =
  "The threshold is how near the oddest point of the trigger window must come to an alert: 1 is one.";

function comparedOf(query: string) {
  return COMPARED[/^\s*(\w+)\(/.exec(query)?.[1] ?? ""];
}

/** What the threshold of this query means, where it is not a value of the graph. */
export function thresholdMeaning(query: string): string | undefined {
  if (readDetection(query)?.algorithm === "auto") return AUTO_MEANING;
  return comparedOf(query)?.meaning;
}

/** All thresholds, with that of the query where none was sent beside it. */
export function allThresholds(text: string, given: Thresholds | undefined): Thresholds {
  const critical = Number.parseFloat(
    /(?:>=|<=|==|!=|>|<)\s*(-?[\d.]+(?:e[-+]?\d+)?)\s*$/i.exec(text)?.[1] ?? "",
  );
  return Number.isNaN(critical) ? { ...given } : { critical, ...given };
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

/** Why there is no backtest of a condition with these thresholds, for the reader; undefined where there is one. */
export function backtestProblem(condition: MetricCondition, thresholds: Thresholds): string | undefined {
  if (condition.critical === "" || !Number.isFinite(Number(condition.critical))) {
    return "Enter an alert threshold to see what the monitor would have done.";
  }
  return thresholdProblem(condition, thresholds);
}

/** What is wrong with the thresholds, by the rules that the server applies to those of a monitor. */
function thresholdProblem(condition: MetricCondition, thresholds: Thresholds): string | undefined {
  const alert = Number(condition.critical);
  const { critical, warning, critical_recovery, warning_recovery } = thresholds;
  if (critical != null && critical !== alert) {
    return `The alert threshold (${critical}) differs from that of the query (${alert}).`;
  }
  if (["==", "!="].includes(condition.comparator)) {
    return warning == null ? undefined : "With == and != there is no warning threshold.";
  }
  const sign = condition.comparator.startsWith(">") ? 1 : -1;
  const side = sign > 0 ? "below" : "above";
  if (warning != null && sign * (warning - alert) >= 0) {
    return `The warning threshold must be ${side} the alert threshold.`;
  }
  if (warning == null && warning_recovery != null) return "A warning recovery needs a warning threshold.";
  if (critical_recovery != null && sign * (critical_recovery - alert) > 0) {
    return `The alert recovery must not be ${side === "below" ? "above" : "below"} the alert threshold.`;
  }
  if (warning != null && warning_recovery != null && sign * (warning_recovery - warning) > 0) {
    return `The warning recovery must not be ${side === "below" ? "above" : "below"} the warning threshold.`;
  }
  return undefined;
}

/** The metric whose unit the result of a query has: only where it names one, and no function changes its unit. */
export function metricOf(query: string | undefined): string | null {
  if (
    !query ||
    /\b(anomalies|outliers|pct_change|log2|log10|sqrt|count_nonzero|count_not_null)\s*\(/.test(query)
  )
    return null;
  const names = new Set(
    [...query.matchAll(/\b(?:avg|sum|min|max|count|p\d+(?:\.\d+)?):([\w.]+)\{/g)].map((found) => found[1]!),
  );
  return names.size === 1 && !/[*/]/.test(query.replace(/\{[^}]*\}/g, "")) ? [...names][0]! : null;
}
