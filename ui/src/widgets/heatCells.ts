/** The cells of a heatmap from series. Pure. */
import type { Series } from "~/core/response";
import { type AxisScale, transformOf, withZero } from "./axisScale";

export interface HeatCell {
  /** UNIX milliseconds. */
  from: number;
  to: number;
  low: number;
  high: number;
  count: number;
  /** All of its column. */
  column: number;
}

export interface Heat {
  cells: HeatCell[];
  low: number;
  high: number;
  /** The largest count. */
  most: number;
}

interface Options {
  rows: number;
  columns: number;
  min: number | null;
  max: number | null;
  scale?: AxisScale;
  includeZero?: boolean;
}

interface Sample {
  time: number;
  value: number;
  weight: number;
}

/**
 * Values of all series counted in `rows` ranges and at most `columns` spans of time. Series with a tag `bin:<value>`
 * are counts of points of that value, as distributions give them.
 */
export function heatCells(series: readonly Series[], options: Options): Heat {
  const { rows, columns, min, max, scale = "linear" } = options;
  const { to, from: back, has } = transformOf(scale);
  const samples = series
    .flatMap(samplesOf)
    .filter(({ value }) => has(value))
    .filter(({ value }) => (min === null || value >= min) && (max === null || value <= max));
  if (samples.length === 0) return { cells: [], low: 0, high: 1, most: 0 };
  const values = samples.map((sample) => sample.value);
  const [least, most] = withZero(
    [
      values.reduce((one, value) => Math.min(one, value), Number.POSITIVE_INFINITY),
      values.reduce((one, value) => Math.max(one, value), Number.NEGATIVE_INFINITY),
    ],
    options.includeZero,
    scale,
  );
  const low = min !== null && has(min) ? min : least;
  const top = max ?? most;
  const high = top > low ? top : low + 1;
  const times = [...new Set(samples.map((sample) => sample.time))].sort((a, b) => a - b);
  const interval = Math.max(stepOf(times), (times.at(-1)! - times[0]!) / columns);
  const height = (to(high) - to(low)) / rows;
  const edge = (row: number) => back(to(low) + row * height);
  const counts = new Map<string, HeatCell>();
  const totals = new Map<number, number>();
  for (const { time, value, weight } of samples) {
    const column = Math.floor((time - times[0]!) / interval);
    const row = Math.min(rows - 1, Math.floor((to(value) - to(low)) / height));
    const key = `${column}/${row}`;
    const from = times[0]! + column * interval;
    const cell = counts.get(key) ?? {
      from,
      to: from + interval,
      low: edge(row),
      high: edge(row + 1),
      count: 0,
      column: 0,
    };
    cell.count += weight;
    counts.set(key, cell);
    totals.set(from, (totals.get(from) ?? 0) + weight);
  }
  const cells = [...counts.values()].map((cell) => ({ ...cell, column: totals.get(cell.from)! }));
  return { cells, low, high, most: cells.reduce((count, cell) => Math.max(count, cell.count), 0) };
}

function samplesOf(series: Series): Sample[] {
  const bin = series.tags.find((tag) => tag.startsWith("bin:"));
  return series.times.flatMap((time, i) => {
    const value = series.values[i];
    if (value === null || value === undefined || !Number.isFinite(value)) return [];
    if (!bin) return [{ time, value, weight: 1 }];
    return value > 0 ? [{ time, value: Number(bin.slice(4)), weight: value }] : [];
  });
}

function stepOf(times: readonly number[]): number {
  let step = Number.POSITIVE_INFINITY;
  for (let i = 1; i < times.length; i++) step = Math.min(step, times[i]! - times[i - 1]!);
  return Number.isFinite(step) ? step : 60_000;
}
