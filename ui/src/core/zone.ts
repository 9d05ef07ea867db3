/** The time zone in which moments are shown and typed: the browser's own, or UTC. */

export type Zone = "local" | "utc";

let zone: Zone = "local";

export function setZone(next: Zone) {
  zone = next;
}

export function currentZone(): Zone {
  return zone;
}

/** A moment as the wall clock and calendar of the zone show it; `month` counts from 0, `weekday` from Sunday. */
export interface Wall {
  year: number;
  month: number;
  day: number;
  weekday: number;
  hours: number;
  minutes: number;
  seconds: number;
}

export function wallOf(time: number): Wall {
  const date = new Date(time);
  if (zone === "utc") {
    return {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth(),
      day: date.getUTCDate(),
      weekday: date.getUTCDay(),
      hours: date.getUTCHours(),
      minutes: date.getUTCMinutes(),
      seconds: date.getUTCSeconds(),
    };
  }
  return {
    year: date.getFullYear(),
    month: date.getMonth(),
    day: date.getDate(),
    weekday: date.getDay(),
    hours: date.getHours(),
    minutes: date.getMinutes(),
    seconds: date.getSeconds(),
  };
}

/** UNIX milliseconds of a wall time. Parts may overflow, as in `day: 32`; a time that DST skips is moved on. */
export function momentOf(
  year: number,
  month: number,
  day: number,
  hours = 0,
  minutes = 0,
  seconds = 0,
): number {
  if (zone === "utc") return Date.UTC(year, month, day, hours, minutes, seconds);
  return new Date(year, month, day, hours, minutes, seconds).getTime();
}

/** Midnight of the day of `time`, moved by `days` of the calendar, which DST makes 23 or 25 hours long. */
export function dayStart(time: number, days = 0): number {
  const { year, month, day } = wallOf(time);
  return momentOf(year, month, day + days);
}

/** `Europe/Berlin, UTC+1` at `time`; `UTC` where that is chosen. */
export function zoneName(time: number): string {
  if (zone === "utc") return "UTC";
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return `${name}, ${zoneOffset(time)}`;
}

/** `UTC+5:30` of the browser's own zone at `time`. */
export function zoneOffset(time: number): string {
  const minutes = -new Date(time).getTimezoneOffset();
  const part = Math.abs(minutes) % 60;
  const hours = `${minutes < 0 ? "\u2212" : "+"}${Math.floor(Math.abs(minutes) / 60)}`;
  return `UTC${hours}${part ? `:${String(part).padStart(2, "0")}` : ""}`;
}
