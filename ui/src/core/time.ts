/** Time ranges: presets, the words people type, and the URL's `from_ts`, `to_ts`, `live`. Milliseconds throughout. */
import { currentZone, dayStart, momentOf, wallOf, zoneOffset } from "./zone";

export interface TimeRange {
  from: number;
  to: number;
  /** A live range keeps its length and ends now. */
  live: boolean;
}

/** What a question says of time: the same for a live range while the clock goes on. */
export function timeAsked({ from, to, live }: TimeRange): string {
  return live ? `${to - from}` : `${from} ${to}`;
}

export interface Preset {
  short: string;
  label: string;
  span: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const preset = (short: string, label: string, span: number): Preset => ({ short, label, span });

/** In the groups the picker shows them: minutes and hours, days, longer. */
export const PRESETS: Preset[][] = [
  [
    preset("5m", "Past 5 Minutes", 5 * MINUTE),
    preset("15m", "Past 15 Minutes", 15 * MINUTE),
    preset("30m", "Past 30 Minutes", 30 * MINUTE),
    preset("1h", "Past 1 Hour", HOUR),
    preset("4h", "Past 4 Hours", 4 * HOUR),
  ],
  [
    preset("1d", "Past 1 Day", DAY),
    preset("2d", "Past 2 Days", 2 * DAY),
    preset("1w", "Past 1 Week", 7 * DAY),
    preset("1mo", "Past 1 Month", 30 * DAY),
    preset("3mo", "Past 3 Months", 90 * DAY),
  ],
];

export const CALENDAR = ["today", "yesterday", "this week", "last week", "this month", "last month"];

export const DEFAULT_SPAN = HOUR;

const UNITS: Record<string, number> = {
  s: 1000,
  sec: 1000,
  second: 1000,
  m: MINUTE,
  min: MINUTE,
  minute: MINUTE,
  h: HOUR,
  hr: HOUR,
  hour: HOUR,
  d: DAY,
  day: DAY,
  w: 7 * DAY,
  week: 7 * DAY,
  mo: 30 * DAY,
  month: 30 * DAY,
  y: 365 * DAY,
  year: 365 * DAY,
};

export function liveRange(span: number, now: number): TimeRange {
  return { from: now - span, to: now, live: true };
}

/** `3h`, `past 2 days`, `now-4h`, `today`, `Jan 1 - Jan 2`, `6:00 - 13:00`, UNIX seconds or ms; null if unknown. */
export function parseRange(text: string, now: number): TimeRange | null {
  const words = text.trim().toLowerCase().replace(/\s+/g, " ");
  return parseSpan(words, now) ?? parseCalendar(words, now) ?? parsePair(words, now);
}

function parseSpan(words: string, now: number): TimeRange | null {
  const found = /^(?:past|last|now ?-)? ?(\d+(?:\.\d+)?) ?([a-z]+?)s?$/.exec(words);
  const unit = found ? (UNITS[found[2]!] ?? UNITS[`${found[2]}s`]) : undefined;
  if (!found || !unit) return null;
  const span = Number(found[1]) * unit;
  return span > 0 ? liveRange(span, now) : null;
}

function parseCalendar(words: string, now: number): TimeRange | null {
  const { year, month, weekday } = wallOf(now);
  const today = dayStart(now);
  const sinceMonday = (weekday + 6) % 7;
  const monday = dayStart(now, -sinceMonday);
  const first = momentOf(year, month, 1);
  switch (words) {
    case "today":
      return { from: today, to: now, live: true };
    case "yesterday":
      return { from: dayStart(now, -1), to: today, live: false };
    case "this week":
    case "week to date":
      return { from: monday, to: now, live: true };
    case "last week":
      return { from: dayStart(now, -sinceMonday - 7), to: monday, live: false };
    case "this month":
    case "month to date":
      return { from: first, to: now, live: true };
    case "last month":
      return { from: momentOf(year, month - 1, 1), to: first, live: false };
    default:
      return null;
  }
}

function parsePair(words: string, now: number): TimeRange | null {
  const halves = words.split(/ (?:-|–|to|until) /);
  if (halves.length !== 2) return null;
  const from = parseMoment(halves[0]!, now, false);
  const to = halves[1] === "now" ? now : parseMoment(halves[1]!, now, true);
  if (from === null || to === null || from >= to) return null;
  return { from, to, live: halves[1] === "now" };
}

/** One end of a range. A day without a time means its whole length, so the second half ends at midnight. */
function parseMoment(words: string, now: number, ending: boolean): number | null {
  if (/^\d{9,10}$/.test(words)) return Number(words) * 1000;
  if (/^\d{12,13}$/.test(words)) return Number(words);
  const clock = CLOCK.exec(words);
  if (clock) return onDay(now, clock);
  const timed = /^(.+?),? (?:at )?(\d{1,2}(?::\d{2}){1,2} ?(?:am|pm)?|\d{1,2} ?(?:am|pm))$/.exec(words);
  const day = parseDay(timed ? timed[1]! : words, now);
  if (day === null) return null;
  if (timed) return onDay(day, CLOCK.exec(timed[2]!)!);
  return ending ? dayStart(day, 1) : day;
}

const CLOCK = /^(\d{1,2})(?::(\d{2}))?(?::(\d{2}))? ?(am|pm)?$/;

/** The time of day that `clock` holds, on the day of `time`. */
function onDay(time: number, clock: RegExpExecArray): number | null {
  let hours = Number(clock[1]);
  if (clock[4] === "pm" && hours < 12) hours += 12;
  if (clock[4] === "am" && hours === 12) hours = 0;
  if (hours > 24) return null;
  const { year, month, day } = wallOf(time);
  return momentOf(year, month, day, hours, Number(clock[2] ?? 0), Number(clock[3] ?? 0));
}

function parseDay(words: string, now: number): number | null {
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(words);
  if (iso) return momentOf(Number(iso[1]), Number(iso[2]) - 1, Number(iso[3]));
  const slashed = /^(\d{1,2})\/(\d{1,2})(?:\/(\d{4}))?$/.exec(words);
  const { year } = wallOf(now);
  if (slashed) return momentOf(Number(slashed[3] ?? year), Number(slashed[1]) - 1, Number(slashed[2]));
  const named = /^([a-z]{3,9})\.? (\d{1,2})(?:,? (\d{4}))?$/.exec(words);
  const month = named ? MONTHS.indexOf(named[1]!.slice(0, 3)) : -1;
  return named && month >= 0 ? momentOf(Number(named[3] ?? year), month, Number(named[2])) : null;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Name of a live range, `Past 2 Days`; null where its length has none. */
export function spanPreset(range: TimeRange): Preset | null {
  if (!range.live) return null;
  const span = range.to - range.from;
  return PRESETS.flat().find((one) => Math.abs(one.span - span) < 1000) ?? null;
}

/** Short form of a length, for the chip in the picker: `1h`, `36h`, `2d`. */
export function shortSpan(span: number): string {
  const sizes: [number, string][] = [
    [DAY, "d"],
    [HOUR, "h"],
    [MINUTE, "m"],
    [1000, "s"],
  ];
  for (const [size, word] of sizes) {
    if (span >= size && span % size < size * 0.05) return `${Math.round(span / size)}${word}`;
  }
  for (const [size, word] of sizes) if (span >= size) return `${(span / size).toFixed(1)}${word}`;
  return "0s";
}

export function rangeFromParams(params: URLSearchParams, now: number): TimeRange {
  const from = Number(params.get("from_ts"));
  const to = Number(params.get("to_ts"));
  if (!(from > 0 && to > from)) return liveRange(DEFAULT_SPAN, now);
  // Links of the service that people left say `refresh_mode=sliding` or `paused` beside or in place of `live`.
  const mode = params.get("refresh_mode");
  const live = mode ? mode === "sliding" : params.get("live") === "true";
  return live ? liveRange(to - from, now) : { from, to, live: false };
}

export function rangeToParams(range: TimeRange): Record<string, string> {
  return {
    from_ts: String(Math.round(range.from)),
    to_ts: String(Math.round(range.to)),
    live: String(range.live),
  };
}

/** Moves by half of its length, as the arrows beside the picker do. */
export function shiftRange(range: TimeRange, direction: -1 | 1, now: number): TimeRange {
  const step = ((range.to - range.from) / 2) * direction;
  const to = Math.min(range.to + step, now);
  return { from: to - (range.to - range.from), to, live: false };
}

export function zoomOut(range: TimeRange, now: number): TimeRange {
  const span = range.to - range.from;
  if (range.live) return liveRange(span * 2, now);
  const to = Math.min(range.to + span / 2, now);
  return { from: to - span * 2, to, live: false };
}

/** How often a live page asks again: often for short ranges, never more than the picture can show. */
export function refreshInterval(span: number): number {
  if (span <= 15 * MINUTE) return 5_000;
  if (span <= HOUR) return 10_000;
  if (span <= 4 * HOUR) return 30_000;
  return 60_000;
}

const two = (value: number) => String(value).padStart(2, "0");

export function formatClock(time: number, seconds = false): string {
  const wall = wallOf(time);
  const text = `${two(wall.hours)}:${two(wall.minutes)}`;
  return seconds ? `${text}:${two(wall.seconds)}` : text;
}

const NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export function formatDay(time: number): string {
  const { month, day } = wallOf(time);
  return `${NAMES[month]} ${day}`;
}

/** `Nov 2026`. */
export function formatMonth(time: number): string {
  const { year, month } = wallOf(time);
  return `${NAMES[month]} ${year}`;
}

/** `Nov 23, 13:04:05`, the form used in tooltips and tables. */
export function formatMoment(time: number, seconds = true): string {
  return `${formatDay(time)}, ${formatClock(time, seconds)}`;
}

/** `Nov 23, 13:04:05.120`, for what happens many times a second. */
export function formatInstant(time: number): string {
  const part = String(((Math.floor(time) % 1000) + 1000) % 1000).padStart(3, "0");
  return `${formatMoment(time)}.${part}`;
}

/** `Nov 23, 2026, 13:04:05.120 UTC+1`, for one thing seen alone: nothing beside it says year or zone. */
export function formatWhole(time: number): string {
  const zone = currentZone() === "utc" ? "UTC" : zoneOffset(time);
  const [day, clock] = formatInstant(time).split(", ");
  return `${day}, ${wallOf(time).year}, ${clock} ${zone}`;
}

/** `2026-11-23T13:04:05`, what a field of type `datetime-local` holds. */
export function toField(time: number): string {
  const { year, month, day, hours, minutes, seconds } = wallOf(time);
  return `${year}-${two(month + 1)}-${two(day)}T${two(hours)}:${two(minutes)}:${two(seconds)}`;
}

/** The moment that such a field holds; NaN while it is not whole. */
export function fromField(text: string): number {
  return new Date(currentZone() === "utc" ? `${text}Z` : text).getTime();
}

/** `Nov 23, 13:04 – 14:04`; the second day only where it differs. */
export function formatRange(range: TimeRange): string {
  const seconds = range.to - range.from < 10 * MINUTE && !range.live;
  const sameDay = formatDay(range.from) === formatDay(range.to);
  const end = sameDay ? formatClock(range.to, seconds) : formatMoment(range.to, seconds);
  return `${formatMoment(range.from, seconds)} – ${end}`;
}

/** `4 s ago`, `12 min ago`, `3 d ago`. */
export function formatAgo(time: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - time) / 1000));
  if (seconds < 60) return `${seconds}\u2009s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}\u2009min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}\u2009h ago`;
  return `${Math.floor(seconds / 86400)}\u2009d ago`;
}
