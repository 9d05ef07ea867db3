/** Buckets of a distribution metric, from the bins that `histogram:` queries answer with. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { request } from "~/api/client";
import type { UnitPair } from "~/core/units";
import { useWidgetScope } from "./context";
import { windowOf } from "./request";
import { fromV1, reduce, type Series, type V1Answer } from "./series";
import type { WidgetDefinition } from "./types";
import { substitute } from "./variables";

export interface Bucket {
  from: number;
  to: number;
  count: number;
}

export interface Histogram {
  unit: UnitPair | null;
  buckets: Bucket[];
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
  const last = bins.find((bin) => (seen += bin.weight) >= total * 0.99)?.value ?? bins.at(-1)!.value;
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

export function useHistogram(definition: WidgetDefinition, text: string) {
  const { variables, chosen, window: page } = useWidgetScope();
  const window = windowOf(definition.time, page);
  const query = substitute(text, variables, chosen);
  return useQuery({
    queryKey: ["histogram", query, window.from, window.to],
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: async ({ signal }): Promise<Histogram> => {
      const answer = await request<V1Answer>("GET", "/api/v1/query", {
        query: { query, from: Math.floor(window.from / 1000), to: Math.ceil(window.to / 1000) },
        signal,
      });
      const series = fromV1(answer);
      return { unit: series[0]?.unit ?? null, buckets: bucketsOf(series) };
    },
  });
}
