/** The query of an SLO alert, taken apart for its form and put together again. */

export interface SloCondition {
  /** `error_budget` or `burn_rate`. */
  kind: string;
  slo: string;
  /** `7d`, `30d`, `90d`. */
  timeframe: string;
  /** Windows of a burn rate: `1h`, `5m`. */
  long: string;
  short: string;
  comparator: string;
  critical: string;
}

const SHAPE =
  /^\s*(error_budget|burn_rate)\("([^"]*)"\)\.over\("(\w+)"\)((?:\.\w+\("\w+"\))*)\s*(>=|>)\s*([\d.]+)?\s*$/;

export function readSloAlert(text: string): SloCondition | null {
  const found = SHAPE.exec(text);
  if (!found) return null;
  const [, kind, slo, timeframe, windows, comparator, critical] = found as unknown as string[];
  const named = (name: string) => new RegExp(`\\.${name}\\("(\\w+)"\\)`).exec(windows!)?.[1] ?? "";
  const long = named("long_window");
  return {
    kind: kind!,
    slo: slo!,
    timeframe: timeframe!,
    long: long || "1h",
    short: named("short_window") || shortOf(long || "1h"),
    comparator: comparator!,
    critical: critical ?? "",
  };
}

export function writeSloAlert(condition: SloCondition): string {
  const { kind, slo, timeframe, long, short, comparator, critical } = condition;
  const windows = kind === "burn_rate" ? `.long_window("${long}").short_window("${short}")` : "";
  return `${kind}("${slo}").over("${timeframe}")${windows} ${comparator} ${critical}`;
}

/** A twelfth of the long window, as is usual. */
export function shortOf(long: string): string {
  const hours = Number(/^(\d+)h$/.exec(long)?.[1] ?? 1);
  return `${Math.max(hours * 5, 1)}m`;
}

/** Long windows of alerts that are usual for a time window of so many days, and how much of the budget each has
 * used up when it comes (Datadog's documented examples for 7, 30 and 90 days).
 */
const USUAL_SHARES = [
  { days: 7, shares: { "1h": 0.1, "6h": 0.2, "24h": 0.4 } },
  { days: 30, shares: { "1h": 0.02, "6h": 0.05, "24h": 0.1 } },
  { days: Number.POSITIVE_INFINITY, shares: { "1h": 0.01, "6h": 0.03, "24h": 0.05 } },
];

export interface UsualBurnRate {
  long: string;
  /** Of the error budget, 0 to 1. */
  share: number;
  rate: number;
}

export function usualBurnRates(days: number): UsualBurnRate[] {
  const { shares } = USUAL_SHARES.find((one) => days <= one.days)!;
  return Object.entries(shares).map(([long, share]) => ({
    long,
    share,
    rate: burnRate(share, days, Number.parseInt(long, 10)),
  }));
}

/** The burn rate that uses up `share` of the budget of `days` within `hours`. */
export function burnRate(share: number, days: number, hours: number): number {
  return Number(((share * days * 24) / hours).toPrecision(3));
}

/** The largest burn rate that there can be: all is bad. `target` in percent. */
export const largestBurnRate = (target: number): number => 100 / Math.max(100 - target, 1e-9);
