/** The comparison of a query value with an earlier time. Pure. */
import { NumberFormat, type UnitPair } from "~/core/units";
import type { Window } from "./request";

export interface Comparison {
  duration?: { type?: string; custom_timeframe?: { from: number; to: number } };
  directionality?: string;
  type?: string;
}

const DAY = 86_400_000;
const BACK: Readonly<Record<string, number>> = {
  previous_day: DAY,
  previous_week: 7 * DAY,
  previous_month: 30 * DAY,
};
const WORDS: Readonly<Record<string, string>> = {
  previous_day: "vs. previous day",
  previous_week: "vs. previous week",
  previous_month: "vs. previous month",
  custom_timeframe: "vs. custom time",
};

/** The time that is compared with, in UNIX milliseconds: as long as the window, or one of its own. */
export function windowBefore({ duration }: Comparison, { from, to }: Window): Window {
  const own = duration?.custom_timeframe;
  if (duration?.type === "custom_timeframe" && own && own.to > own.from)
    return { from: own.from, to: own.to };
  const back = BACK[duration?.type ?? ""] ?? to - from;
  return { from: from - back, to: to - back };
}

export interface Change {
  text: string;
  /** Which time it is compared with. */
  words: string;
  /** Whether the change is one for the better. */
  state: "ok" | "alert" | "neutral";
}

/** What changed since; null where there is nothing to compare with. */
export function changeOf(
  comparison: Comparison,
  now: number,
  before: number | null | undefined,
  unit: UnitPair | null,
): Change | null {
  if (before === null || before === undefined || !Number.isFinite(before)) return null;
  const change = now - before;
  const arrow = change > 0 ? "\u25b2" : change < 0 ? "\u25bc" : "";
  const { number, unit: word } = new NumberFormat(unit).parts(Math.abs(change), 3);
  const absolute = `${number}${word && `\u2009${word}`}`;
  const share = before === 0 ? null : Math.abs(change / before) * 100;
  const relative = share === null ? absolute : `${Number(share.toPrecision(3))}\u2009%`;
  const kind = comparison.type ?? "absolute";
  const both = share === null ? absolute : `${absolute} (${relative})`;
  const text = kind === "relative" ? relative : kind === "both" ? both : absolute;
  const words = WORDS[comparison.duration?.type ?? ""] ?? "vs. previous period";
  return { text: `${arrow}\u2009${text}`.trim(), words, state: stateOf(comparison.directionality, change) };
}

function stateOf(directionality: string | undefined, change: number): Change["state"] {
  if (change === 0 || (directionality !== "increase_better" && directionality !== "decrease_better"))
    return "neutral";
  return change > 0 === (directionality === "increase_better") ? "ok" : "alert";
}
