/** Windows of SLO widgets, and what a history says of one. Pure. */
import { dayStart, wallOf } from "~/core/zone";
import type { Window } from "./request";

const DAY = 86_400_000;

export const SLO_WINDOWS: Record<string, string> = {
  "7d": "7 days",
  "30d": "30 days",
  "90d": "90 days",
  week_to_date: "Week to date",
  previous_week: "Previous week",
  month_to_date: "Month to date",
  previous_month: "Previous month",
  global_time: "Global time",
};

/** UNIX milliseconds of a window that ends at `now`. */
export function sloWindow(name: string, now: number, page: Window): Window {
  const days = /^(\d+)d$/.exec(name);
  if (days) return { from: now - Number(days[1]) * DAY, to: now };
  const week = dayStart(now, -((wallOf(now).weekday + 6) % 7));
  const month = dayStart(now, 1 - wallOf(now).day);
  switch (name) {
    case "week_to_date":
      return { from: week, to: now };
    case "previous_week":
      return { from: dayStart(week, -7), to: week };
    case "month_to_date":
      return { from: month, to: now };
    case "previous_month":
      return { from: dayStart(month, -wallOf(month - 1).day), to: month };
    default:
      return page;
  }
}

/** Percent of the budget that is left: all at 100, nothing at the target, negative below it. */
export function budgetLeft(sli: number, target: number): number {
  return target >= 100 ? (sli >= 100 ? 100 : 0) : ((sli - target) / (100 - target)) * 100;
}

export type SloState = "ok" | "warn" | "alert" | "nodata";

export function sloState(sli: number | null | undefined, target: number, warning?: number | null): SloState {
  if (sli === null || sli === undefined || !Number.isFinite(sli)) return "nodata";
  if (sli < target) return "alert";
  return warning && sli < warning ? "warn" : "ok";
}
