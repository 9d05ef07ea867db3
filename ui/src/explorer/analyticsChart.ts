/** Buckets of an aggregation as values, names and charts. Pure. */
import type { ChartSpec } from "~/core/chart/model";
import { slotStyle } from "~/core/palette";
import type { TimeRange } from "~/core/time";
import type { UnitPair } from "~/core/units";
import type { Bucket } from "./api";

export const points = (bucket: Bucket) => bucket.computes.c0 as { time: string; value: number }[];
export const total = (bucket: Bucket) => Number(bucket.computes.c0 ?? 0);
export const nameOf = (bucket: Bucket, facets: readonly string[]) =>
  facets.map((facet) => bucket.by[facet]).join(", ") || "All";

/** Aggregations that are 0, and not unknown, at a time without any rows. */
const COUNTING: readonly string[] = ["count", "cardinality", "sum"];

/** Buckets of time series of an aggregation as lines. `step`: seconds between points. */
export function chartOf(
  buckets: readonly Bucket[],
  facets: readonly string[],
  range: TimeRange,
  step: number,
  aggregation: string,
  unit?: UnitPair,
): ChartSpec {
  const missing = COUNTING.includes(aggregation) ? 0 : null;
  const first = Math.floor(range.from / 1000 / step) * step;
  const times: number[] = [];
  for (let time = first; time <= range.to / 1000; time += step) times.push(time);
  const series = buckets.map((bucket, index) => {
    const values = new Map(points(bucket).map((one) => [Date.parse(one.time) / 1000, one.value]));
    const name = nameOf(bucket, facets);
    return {
      key: `${index} ${name}`,
      label: name,
      kind: "line" as const,
      unit,
      ...slotStyle(index),
      values: times.map((time) => values.get(time) ?? missing),
    };
  });
  return { times, series, from: range.from / 1000, to: range.to / 1000 };
}
