/** Times of downtimes in words, in the zone they were planned in. */

import type { Downtime } from "./api";

/** A moment (UNIX seconds) as `Fri 21 Nov, 19:00` in a time zone. */
export function zoned(seconds: number, timeZone: string): string {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  }).format(new Date(seconds * 1000));
}

export function inZone(start: number, end: number | null, timeZone: string): string {
  const until = end === null ? "until canceled" : `to ${zoned(end, timeZone)}`;
  return `${zoned(start, timeZone)} ${until}${timeZone === "UTC" ? "" : ` (${timeZone})`}`;
}

export function recurrenceText(downtime: Downtime): string {
  const rule = downtime.recurrence;
  if (!rule) return "once";
  if (rule.rrule) return rule.rrule;
  const every =
    rule.period > 1 ? `every ${rule.period} ${rule.type}` : `every ${rule.type.replace(/s$/, "")}`;
  const days = rule.week_days?.length ? ` on ${rule.week_days.join(", ")}` : "";
  const until = rule.until_date ? ` until ${zoned(rule.until_date, downtime.timezone)}` : "";
  return every + days + until + (rule.until_occurrences ? `, ${rule.until_occurrences} times` : "");
}

/**
 * UNIX seconds of a wall-clock time (`2026-11-23T19:00`) in a zone.
 *
 * Offsets differ through the year, so the guess made with one offset is corrected with the offset found there.
 */
export function fromZone(local: string, timeZone: string): number {
  const asUtc = Date.parse(`${local}:00Z`);
  const offset = (at: number) => {
    const parts = new Intl.DateTimeFormat("sv-SE", {
      timeZone,
      dateStyle: "short",
      timeStyle: "medium",
    }).format(new Date(at));
    return Date.parse(`${parts.replace(" ", "T")}Z`) - at;
  };
  const guess = asUtc - offset(asUtc);
  return (asUtc - offset(guess)) / 1000;
}

/** A moment (UNIX seconds) as the value of a `datetime-local` field in a zone. */
export function toField(seconds: number, timeZone: string): string {
  const text = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" }).format(
    new Date(seconds * 1000),
  );
  return text.replace(" ", "T");
}
