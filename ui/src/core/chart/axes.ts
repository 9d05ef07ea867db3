/** Where ticks stand and what is written beside them. */
import { formatClock, formatDay, formatMonth } from "../time";
import { NumberFormat, type UnitPair } from "../units";
import { dayStart, momentOf, wallOf } from "../zone";
import type { YAxis } from "./model";

/** Steps that people count in: tens, or powers of two for bytes, or minutes and hours for durations. */
export function niceStep(rough: number, unit?: UnitPair | null): number {
  if (!(rough > 0) || !Number.isFinite(rough)) return 1;
  const format = new NumberFormat(unit);
  if (format.seconds !== null && rough * format.seconds >= 1) {
    const wanted = rough * format.seconds;
    const step = STEPS.find((one) => one >= wanted);
    if (step) return step / format.seconds;
  }
  if (format.binary) {
    const base = 1024 ** Math.floor(Math.log(rough) / Math.log(1024));
    if (rough >= 1) return base * 2 ** Math.ceil(Math.log2(rough / base));
  }
  const power = 10 ** Math.floor(Math.log10(rough));
  const share = rough / power;
  return power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 2.5 ? 2.5 : share <= 5 ? 5 : 10);
}

/** The range of the y axis: what the axis says, else the data with some air, ending on a tick. */
export function yRange(
  data: [number, number] | null,
  axis: YAxis,
  height: number,
  unit?: UnitPair | null,
): [number, number] {
  let [low, high] = data ?? [0, 1];
  if (axis.includeZero !== false && axis.scale !== "log") {
    low = Math.min(low, 0);
    high = Math.max(high, 0);
  }
  if (low === high) {
    const air = low === 0 ? 1 : Math.abs(low) * 0.1;
    if (low !== 0 || axis.includeZero === false) low -= axis.includeZero === false ? air : 0;
    high += air;
  }
  const step = niceStep((high - low) / ticksIn(height), unit);
  const air = (high - low) * 0.04;
  if (data && low !== 0) low = -snapUp(air - low, step);
  if (data && high !== 0) high = snapUp(high + air, step);
  return withBounds([low, high], axis);
}

/** Bounds of the axis where they leave room between them; a single one is kept though all data lie beyond it. */
function withBounds([low, high]: [number, number], { min, max }: YAxis): [number, number] {
  const [bottom, top] = [min ?? low, max ?? high];
  if (bottom < top) return [bottom, top];
  if (min !== undefined && max === undefined) return [min, min + (Math.abs(min) * 0.1 || 1)];
  if (max !== undefined && min === undefined) return [max - (Math.abs(max) * 0.1 || 1), max];
  return [low, high];
}

/** Up to half a step, so that a curve of 101 does not get an axis to 150. */
function snapUp(value: number, step: number): number {
  const half = step / 2;
  return Math.ceil(value / half - 1e-9) * half;
}

function ticksIn(height: number): number {
  return Math.max(1.5, Math.min(6, height / 44));
}

/** What a scale does to a value before it is drawn, and the way back. Signs stay. */
export function powered(value: number, power: number): number {
  return Math.sign(value) * Math.abs(value) ** power;
}

/** Round values at about equal distances on an axis that draws values at a power. */
export function poweredTicks(low: number, high: number, height: number, power: number): number[] {
  const [from, to] = [powered(low, power), powered(high, power)];
  const count = Math.max(2, Math.round(ticksIn(height)));
  const at = Array.from({ length: count + 1 }, (_, i) =>
    powered(from + ((to - from) * i) / count, 1 / power),
  );
  // Each as round as the distance to its neighbors lets it be.
  const round = at.map((value, i) => {
    const gap = Math.min(
      ...[at[i - 1], at[i + 1]].flatMap((next) => (next === undefined ? [] : [Math.abs(next - value)])),
    );
    const step = 10 ** Math.floor(Math.log10(gap || 1));
    return Math.round(value / step) * step;
  });
  return [...new Set(round)].filter((value) => value >= low && value <= high);
}

/** Powers of ten, with twos and fives between where there are few. */
export function logTicks(low: number, high: number, height: number): number[] {
  const inside = (value: number) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9);
  const first = Math.floor(Math.log10(low));
  const powers = Array.from({ length: Math.ceil(Math.log10(high)) - first + 1 }, (_, i) => first + i);
  const most = Math.max(2, Math.round(height / 24));
  const all = powers.flatMap((power) => [1, 2, 5].map((one) => one * 10 ** power)).filter(inside);
  if (all.length <= most) return all;
  const tens = powers.map((power) => 10 ** power).filter(inside);
  const every = Math.ceil(tens.length / most);
  return tens.filter((_, i) => i % every === 0);
}

export function yTicks(low: number, high: number, height: number, unit?: UnitPair | null): number[] {
  const rough = (high - low) / ticksIn(height);
  const ticks = ticksOf(low, high, niceStep(rough, unit));
  // One tick alone tells no scale.
  return ticks.length > 1 ? ticks : ticksOf(low, high, niceStep(rough / 2, unit));
}

function ticksOf(low: number, high: number, step: number): number[] {
  const ticks: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9 && ticks.length < 50; i++) {
    ticks.push(i * step);
  }
  return ticks;
}

/** Pixels that half a label needs beyond what the padding gives. */
const LABEL_ROOM = 10;

const STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 345600,
  604800, 1209600, 2592000,
];
const DAY = 86_400;

/** Moments of round wall time, at most one every 64 pixels: a label is half as wide. */
export function timeTicks(from: number, to: number, width: number): number[] {
  const rough = (to - from) / Math.max(1, width / 64);
  // Beyond months, whole ones of 30 days.
  const step = STEPS.find((one) => one >= rough) ?? Math.ceil(rough / (30 * DAY)) * 30 * DAY;
  const ticks: number[] = [];
  for (let day = dayStart(from * 1000); day / 1000 <= to && ticks.length < 1000; ) {
    const days = Math.max(1, Math.round(step / 86400));
    const next = dayStart(day, days);
    for (const tick of step < 86400 ? ticksOfDay(day / 1000, next / 1000, step) : [day / 1000]) {
      if (tick >= from && tick <= to) ticks.push(tick);
    }
    day = next;
  }
  return ticks;
}

/** Without a last tick so near to the end that its label would be cut. */
export function roomyTicks(ticks: readonly number[], from: number, to: number, width: number): number[] {
  return ticks.filter((tick) => ((to - tick) / (to - from)) * width >= LABEL_ROOM);
}

/** Every `step` seconds of one day. Hours are those of the wall clock, also on days that DST cuts or stretches. */
function ticksOfDay(start: number, end: number, step: number): number[] {
  const ticks: number[] = [];
  if (step > 3600) {
    const { year, month, day } = wallOf(start * 1000);
    for (let hour = 0; hour < 24; hour += step / 3600) ticks.push(momentOf(year, month, day, hour) / 1000);
    return ticks;
  }
  for (let time = start; time < end; time += step) ticks.push(time);
  return ticks;
}

/** Seconds between ticks from which a day says less than its year. */
const LONG = 45 * DAY;

/** `13:10`, `13:10:20` or, at midnight and for long ranges, `Nov 23`. */
export function timeLabels(ticks: readonly number[]): string[] {
  const step = ticks.length > 1 ? ticks[1]! - ticks[0]! : 3600;
  return ticks.map((tick) => {
    const midnight = dayStart(tick * 1000) === tick * 1000;
    // A day that DST cuts is an hour short.
    if (step >= LONG) return formatMonth(tick * 1000);
    if (step >= 82800 || midnight) return formatDay(tick * 1000);
    return formatClock(tick * 1000, step < 60);
  });
}
