/** Buckets of a distribution. */

import type { Series } from "~/core/response";
import { type AxisScale, transformOf, withZero } from "./axisScale";
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
export function bucketsOf(
  series: readonly Series[],
  count = 30,
  [min, max]: readonly [number | null, number | null] = [null, null],
  scale: AxisScale = "linear",
): Bucket[] {
  const { to, from, has } = transformOf(scale);
  const bins = series
    .flatMap((one) => {
      const tag = one.tags.find((candidate) => candidate.startsWith("bin:"));
      return tag ? [{ value: Number(tag.slice(4)), weight: reduce(one.values, "sum") ?? 0 }] : [];
    })
    .filter(({ value }) => has(value) && (min === null || value >= min) && (max === null || value <= max))
    .sort((a, b) => a.value - b.value);
  const total = bins.reduce((sum, bin) => sum + bin.weight, 0);
  if (total === 0) return [];
  let seen = 0;
  const beyond = bins.findIndex((bin) => {
    seen += bin.weight;
    return seen >= total * 0.99;
  });
  const last = max ?? bins.at(beyond)!.value;
  const lowest = scale === "log" ? bins[0]!.value : Math.min(0, bins[0]!.value);
  const first = to(min !== null && has(min) ? min : lowest);
  const step = (to(last) - first) / count || 1;
  const buckets = Array.from({ length: count }, (_, index) => ({
    from: from(first + index * step),
    to: from(first + (index + 1) * step),
    count: 0,
  }));
  for (const bin of bins) {
    buckets[Math.max(0, Math.min(count - 1, Math.floor((to(bin.value) - first) / step)))]!.count +=
      bin.weight;
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
  { scale = "linear", includeZero }: { scale?: AxisScale; includeZero?: boolean } = {},
): Bucket[] {
  const { to, from, has } = transformOf(scale);
  const inside = values.filter(
    (value) => has(value) && (min === null || value >= min) && (max === null || value <= max),
  );
  if (inside.length === 0) return [];
  const many = Math.max(1, Math.min(200, Math.round(count)));
  const own = withZero([least(inside), largest(inside)], includeZero, scale);
  const first = to(min !== null && has(min) ? min : own[0]);
  const step = (to(max ?? own[1]) - first) / many || 1;
  const buckets = Array.from({ length: many }, (_, index) => ({
    from: from(first + index * step),
    to: from(first + (index + 1) * step),
    count: 0,
  }));
  for (const value of inside) buckets[Math.min(many - 1, Math.floor((to(value) - first) / step))]!.count += 1;
  return buckets;
}

const least = (values: readonly number[]) => values.reduce((one, value) => Math.min(one, value), Infinity);
const largest = (values: readonly number[]) => values.reduce((one, value) => Math.max(one, value), -Infinity);

/** The value below which `share` (0 to 1) of all that is counted lies, as far as the buckets tell; null without any. */
export function percentileOf(buckets: readonly Bucket[], share: number): number | null {
  const total = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
  let rest = total * Math.max(0, Math.min(1, share));
  for (const bucket of buckets) {
    if (bucket.count > 0 && rest <= bucket.count) {
      return bucket.from + (bucket.to - bucket.from) * (rest / bucket.count);
    }
    rest -= bucket.count;
  }
  return null;
}
