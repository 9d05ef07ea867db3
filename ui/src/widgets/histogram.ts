/** Buckets of a distribution metric, from the bins that `histogram:` queries answer with. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { batched } from "~/api/batch";
import { fromV1, type V1Answer } from "~/core/response";
import type { UnitPair } from "~/core/units";
import { toScale } from "./axisScale";
import { axisRange, type Bucket, bucketsOf } from "./buckets";
import { useWidgetScope } from "./context";
import { windowOf } from "./request";
import type { WidgetAxis, WidgetDefinition } from "./types";
import { substitute } from "./variables";

export interface Histogram {
  unit: UnitPair | null;
  buckets: Bucket[];
}

export function useHistogram(definition: WidgetDefinition, text: string) {
  const { variables, chosen, window: page } = useWidgetScope();
  const window = windowOf(definition.time, page);
  const query = substitute(text, variables, chosen);
  const scale = toScale((definition.xaxis as WidgetAxis | undefined)?.scale);
  const { num_buckets: given, min, max } = (definition.xaxis ?? {}) as Record<string, unknown>;
  const count = Number(given) > 0 ? Math.min(200, Math.round(Number(given))) : undefined;
  return useQuery({
    queryKey: ["histogram", query, count, min, max, scale, window.from, window.to],
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: async ({ signal }): Promise<Histogram> => {
      const body = { query, from: Math.floor(window.from / 1000), to: Math.ceil(window.to / 1000) };
      const answer = await batched<V1Answer>("v1", body, signal);
      const { series } = fromV1(answer);
      return { unit: series[0]?.unit ?? null, buckets: bucketsOf(series, count, axisRange(min, max), scale) };
    },
  });
}
