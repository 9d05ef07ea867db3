import type { ChartSeries, Values } from "./model";

/**
 * Areas and bars of one axis stand on each other in the order given, negative values downward from zero; lines do
 * not. Hidden ones take no room.
 */
export function stacked(series: readonly ChartSeries[]): Values[] {
  const sums = new Map<string, { up: number[]; down: number[] }>();
  const kindOf = (one: ChartSeries) => `${one.kind} ${one.right ?? false}`;
  return series.map((one) => {
    if (one.kind === "line" || one.hidden) return one.values;
    const key = kindOf(one);
    const size = one.values.length;
    const base = sums.get(key) ?? {
      up: new Array<number>(size).fill(0),
      down: new Array<number>(size).fill(0),
    };
    sums.set(key, base);
    const tops = one.values.map((value, i): number | null => {
      if (value === null) return null;
      const side = value < 0 ? base.down : base.up;
      side[i] = (side[i] ?? 0) + value;
      return side[i]!;
    });
    // An area under others must not have holes, or what stands on it would fall through.
    return one.kind === "area"
      ? tops.map((top, i) => top ?? (hasAny(series, i, one.right) ? (base.up[i] ?? 0) : null))
      : tops;
  });
}

function hasAny(series: readonly ChartSeries[], index: number, right = false): boolean {
  return series.some(
    (one) =>
      one.kind === "area" && !one.hidden && (one.right ?? false) === right && one.values[index] != null,
  );
}

/** Least and largest finite value of an axis, of its series and bands; null where there is none. */
export function extent(
  series: readonly ChartSeries[],
  tops: readonly Values[],
  right = false,
): [number, number] | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  const take = (values: Values) => {
    for (const value of values) {
      if (value === null || !Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  };
  series.forEach((one, i) => {
    if (one.hidden || (one.right ?? false) !== right) return;
    take(tops[i] ?? []);
    if (one.band) {
      take(one.band.lower);
      take(one.band.upper);
    }
  });
  return low <= high ? [low, high] : null;
}

/** Where an axis of logarithms begins: at the least value above zero. */
export function leastAbove(series: readonly ChartSeries[], tops: readonly Values[], right = false): number {
  let least = Number.POSITIVE_INFINITY;
  series.forEach((one, i) => {
    if (one.hidden || (one.right ?? false) !== right) return;
    for (const value of tops[i] ?? []) if (value !== null && value > 0 && value < least) least = value;
  });
  return Number.isFinite(least) ? least : 0.1;
}
