import type { TimeRange } from "~/core/time";

const MINUTE = 60;

/** Seconds of a bucket so that a range has at most `most`: whole minutes from one on, which the store counts ahead. */
export function stepOf(range: Pick<TimeRange, "from" | "to">, most: number): number {
  const step = Math.max(1, Math.ceil((range.to - range.from) / 1000 / most));
  return step < MINUTE ? step : Math.ceil(step / MINUTE) * MINUTE;
}
