/** Buckets of a distribution metric, from `histogram:` queries. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { request } from "~/api/client";
import type { UnitPair } from "~/core/units";
import { useWidgetScope } from "./context";
import { windowOf } from "./request";
import type { WidgetDefinition } from "./types";
import { substitute } from "./variables";

export interface Histogram {
  unit: UnitPair | null;
  buckets: { from: number; to: number; count: number }[];
}

export function useHistogram(definition: WidgetDefinition, text: string) {
  const { variables, chosen, window: page } = useWidgetScope();
  const window = windowOf(definition.time, page);
  const query = substitute(text, variables, chosen);
  return useQuery({
    queryKey: ["histogram", query, window.from, window.to],
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) =>
      request<Histogram>("GET", "/api/ui/histogram", {
        query: { query, from: Math.floor(window.from / 1000), to: Math.ceil(window.to / 1000) },
        signal,
      }),
  });
}
