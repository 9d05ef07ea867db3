/** Service level objectives through the public endpoints. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "~/api/client";
import type { State } from "~/ui";

export type SloType = "metric" | "monitor" | "time_slice";
export type SloState = "ok" | "warning" | "breached" | "no_data";

export interface Threshold {
  timeframe: string;
  target: number;
  warning?: number;
}

export interface FormulaQuery {
  data_source: string;
  name: string;
  query: string;
}

export interface TimeSlice {
  comparator: string;
  threshold: number;
  query_interval_seconds: number;
  query: { formulas: { formula: string }[]; queries: FormulaQuery[] };
}

export interface Slo {
  id: string;
  name: string;
  description: string | null;
  type: SloType;
  tags: string[];
  timeframe: string;
  thresholds: Threshold[];
  query?: { numerator: string; denominator: string };
  monitor_ids?: number[];
  groups?: string[];
  sli_specification?: { time_slice?: TimeSlice; count?: unknown };
  creator?: { name?: string | null; email?: string };
  modified_at?: number;
}

export type SloDraft = Omit<Slo, "id" | "creator" | "modified_at">;

export interface Status {
  sli: number | null;
  state: SloState;
  error_budget_remaining: number | null;
  raw_error_budget_remaining: { value: number; unit: string };
  span_precision: number;
  calculation_error?: string | null;
}

export interface Hit {
  id: string;
  name: string;
  slo_type: SloType;
  all_tags: string[];
  status: Status;
  overall_status: (Omit<Status, "sli"> & { status: number | null; timeframe: string; target: number })[];
}

export const STATES: Record<SloState, { state: State; label: string }> = {
  ok: { state: "ok", label: "OK" },
  warning: { state: "warn", label: "Warning" },
  breached: { state: "alert", label: "Breached" },
  no_data: { state: "nodata", label: "No Data" },
};

export const TYPES: { value: SloType; label: string }[] = [
  { value: "metric", label: "By Count" },
  { value: "monitor", label: "By Monitor Uptime" },
  { value: "time_slice", label: "By Time Slices" },
];

export const TIMEFRAMES: Record<string, number> = { "7d": 7, "30d": 30, "90d": 90 };

interface SearchAnswer {
  data: { attributes: { slos: { data: { id: string; attributes: Omit<Hit, "id"> } }[] } };
  meta: { pagination: { total: number } };
}

export function useSlos(query: string) {
  return useQuery({
    queryKey: ["slos", query],
    queryFn: async ({ signal }) => {
      const asked = { query, "page[size]": 100 };
      const found = await request<SearchAnswer>("GET", "/api/v1/slo/search", { query: asked, signal });
      return {
        total: found.meta.pagination.total,
        hits: found.data.attributes.slos.map(({ data }): Hit => ({ ...data.attributes, id: data.id })),
      };
    },
    placeholderData: (last) => last,
    refetchInterval: 60_000,
  });
}

export function useSlo(id: string) {
  return useQuery({
    queryKey: ["slo", id],
    queryFn: async ({ signal }) =>
      (await request<{ data: Slo }>("GET", `/api/v1/slo/${encodeURIComponent(id)}`, { signal })).data,
    retry: false,
  });
}

export interface Member {
  name: string;
  group: string;
  sli_value: number | null;
  state: SloState;
  span_precision: number;
  history?: [number, number][];
  error_budget_remaining: Record<string, number>;
}

export interface History {
  overall: Member & {
    raw_error_budget_remaining: { value: number; unit: string };
    errors: { error_type: string; error_message: string }[];
    corrections: { start: number; end: number }[];
  };
  groups?: Member[];
  monitors?: Member[];
  series?: {
    times: number[];
    interval: number;
    numerator: { values: number[] };
    denominator: { values: number[] };
  };
}

/** UNIX seconds. */
export function useSloHistory(id: string, from: number, to: number) {
  return useQuery({
    queryKey: ["slo-history", id, from, to],
    queryFn: async ({ signal }) => {
      const query = { from_ts: from, to_ts: to };
      const path = `/api/v1/slo/${encodeURIComponent(id)}/history`;
      return (await request<{ data: History }>("GET", path, { query, signal })).data;
    },
    placeholderData: (last) => last,
    retry: false,
  });
}

export interface Correction {
  id: string;
  attributes: {
    category: string;
    description: string;
    start: number;
    end: number | null;
    duration: number | null;
    rrule: string | null;
  };
}

export const CATEGORIES = ["Scheduled Maintenance", "Outside Business Hours", "Deployment", "Other"];

export function useCorrections(id: string) {
  return useQuery({
    queryKey: ["slo-corrections", id],
    queryFn: async ({ signal }) => {
      const path = `/api/v1/slo/${encodeURIComponent(id)}/corrections`;
      return (await request<{ data: Correction[] }>("GET", path, { signal })).data;
    },
  });
}

export function useSloChange() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ method, path, body }: { method: string; path: string; body?: unknown }) =>
      request<{ data?: Slo[] } | undefined>(method, path, { body }),
    onSuccess: () => {
      for (const key of ["slos", "slo", "slo-history", "slo-corrections"])
        void client.invalidateQueries({ queryKey: [key] });
    },
  });
}
