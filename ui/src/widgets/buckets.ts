/** Buckets of a distribution. */

import type { Series } from "~/core/response";
import { reduce } from "./tables";

export interface Bucket {
  from: number;
  to: number;
  count: number;
}

/**
 * Equal buckets from bins whose width grows with the value (each series has a tag `bin:<value>`).
 *
 * The last bucket ends where 99 in 100 points lie below, so that a few far ones do not flatten the rest; they
 * are counted in it.
 */
export function bucketsOf(series: readonly Series[], count = 30): Bucket[] {
  const bins = series
    .flatMap((one) => {
      const tag = one.tags.find((candidate) => candidate.startsWith("bin:"));
      return tag ? [{ value: Number(tag.slice(4)), weight: reduce(one.values, "sum") ?? 0 }] : [];
    })
    .sort((a, b) => a.value - b.value);
  const total = bins.reduce((sum, bin) => sum + bin.weight, 0);
  if (total === 0) return [];
  let seen = 0;
  const beyond = bins.findIndex((bin) => {
    seen += bin.weight;
    return seen >= total * 0.99;
  });
  const last = bins.at(beyond)!.value;
  const first = Math.min(0, bins[0]!.value);
  const step = (last - first) / count || 1;
  const buckets = Array.from({ length: count }, (_, index) => ({
    from: first + index * step,
    to: first + (index + 1) * step,
    count: 0,
  }));
  for (const bin of bins) {
    buckets[Math.max(0, Math.min(count - 1, Math.floor((bin.value - first) / step)))]!.count += bin.weight;
  }
  return buckets;
}

/** The bounds that an axis gives, `auto` for none. */
export function axisRange(min: unknown, max: unknown): [number | null, number | null] {
  const bound = (given: unknown) =>
    given === undefined || given === null || given === "" || !Number.isFinite(Number(given))
      ? null
      : Number(given);
  return [bound(min), bound(max)];
}

/** Equal buckets over values; those out of the bounds are left out. */
export function bucketed(
  values: readonly number[],
  [min, max]: readonly [number | null, number | null] = [null, null],
  count = 20,
): Bucket[] {
  const inside = values.filter((value) => (min === null || value >= min) && (max === null || value <= max));
  if (inside.length === 0) return [];
  const many = Math.max(1, Math.min(200, Math.round(count)));
  const least = min ?? Math.min(...inside);
  const step = ((max ?? Math.max(...inside)) - least) / many || 1;
  const buckets = Array.from({ length: many }, (_, index) => ({
    from: least + index * step,
    to: least + (index + 1) * step,
    count: 0,
  }));
  for (const value of inside) buckets[Math.min(many - 1, Math.floor((value - least) / step))]!.count += 1;
  return buckets;
}
