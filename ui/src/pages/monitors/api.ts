/** Monitors and downtimes through the public endpoints. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "~/api/client";
import type { State } from "~/ui";

export interface GroupState {
  name: string;
  status: string;
  last_triggered_ts?: number | null;
  last_resolved_ts?: number | null;
  last_nodata_ts?: number | null;
}

export interface Monitor {
  id: number;
  name: string;
  type: string;
  query: string;
  message: string;
  tags: string[];
  priority?: number | null;
  multi?: boolean;
  draft_status?: string;
  assets?: { name: string; url: string }[];
  options: MonitorOptions;
  overall_state?: string;
  overall_state_modified?: string | null;
  created?: string;
  modified?: string;
  creator?: { name?: string; email?: string; handle?: string };
  state?: { groups?: Record<string, GroupState> };
}

export interface MonitorOptions {
  thresholds?: Thresholds;
  notify_no_data?: boolean;
  no_data_timeframe?: number | null;
  renotify_interval?: number | null;
  include_tags?: boolean;
  require_full_window?: boolean;
  silenced?: Record<string, number | null>;
  threshold_windows?: { trigger_window?: string; recovery_window?: string };
  [key: string]: unknown;
}

export interface Thresholds {
  critical?: number;
  warning?: number;
  critical_recovery?: number;
  warning_recovery?: number;
  ok?: number;
}

export interface MonitorDraft {
  name: string;
  type: string;
  query: string;
  message: string;
  tags: string[];
  options: MonitorOptions;
  priority?: number | null;
}

/** State and word of a monitor's status as the API writes it. */
export const STATES: Record<string, State> = {
  Alert: "alert",
  Warn: "warn",
  "No Data": "nodata",
  OK: "ok",
  Ignored: "nodata",
  Skipped: "nodata",
  Unknown: "nodata",
};

export function useMonitors() {
  return useQuery({
    queryKey: ["monitors"],
    queryFn: ({ signal }) =>
      request<Monitor[]>("GET", "/api/v1/monitor", { query: { group_states: "all" }, signal }),
    refetchInterval: 15_000,
  });
}

export function useMonitor(id: string) {
  return useQuery({
    queryKey: ["monitor", id],
    queryFn: ({ signal }) =>
      request<Monitor>("GET", `/api/v1/monitor/${encodeURIComponent(id)}`, {
        query: { group_states: "all" },
        signal,
      }),
    refetchInterval: 15_000,
    retry: false,
  });
}

export interface Evaluation {
  /** Seconds that the latest evaluation of the last round came late. */
  lag: number;
  took: number;
  evaluated: number;
  /** UNIX seconds; 0 before the first round. */
  ended: number;
}

export function useEvaluation() {
  return useQuery({
    queryKey: ["monitor-evaluation"],
    queryFn: ({ signal }) => request<Evaluation>("GET", "/api/ui/monitors/evaluation", { signal }),
    refetchInterval: 30_000,
  });
}

export interface Transition {
  group: string;
  /** What happened, in the words of the mail: Triggered, Warn, No Data, Recovered, ... */
  kind: string;
  before: string;
  after: string;
  /** UNIX seconds. */
  time: number;
  value: number | null;
  muted: boolean;
  /** Of an anomaly that triggered: whether its metric ever did the like, a sentence; else empty. */
  opinion: string;
}

export interface History {
  /** Newest first. */
  transitions: Transition[];
  /** Why the last evaluation failed; empty when it did not. */
  problem: string;
  /** UNIX seconds of the last evaluation. */
  evaluated: number | null;
}

export function useHistory(id: string) {
  return useQuery({
    queryKey: ["monitor-history", id],
    queryFn: ({ signal }) =>
      request<History>("GET", `/api/ui/monitors/${encodeURIComponent(id)}/history`, { signal }),
    refetchInterval: 15_000,
    retry: false,
  });
}

export function useMonitorChange() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ method, path, body }: { method: string; path: string; body?: unknown }) =>
      request<Monitor>(method, path, { body }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["monitors"] });
      void client.invalidateQueries({ queryKey: ["monitor"] });
    },
  });
}

export interface Downtime {
  id: number;
  scope: string[];
  monitor_id: number | null;
  monitor_tags: string[];
  start: number;
  end: number | null;
  message: string | null;
  timezone: string;
  status: string;
  active: boolean;
  disabled: boolean;
  /** Of a repeating one: the occurrence of now, or the next. */
  active_child?: { start: number; end: number | null };
  recurrence: {
    type: string;
    period: number;
    week_days?: string[] | null;
    until_date?: number | null;
    until_occurrences?: number | null;
    rrule?: string | null;
  } | null;
}

export function useDowntimes(enabled = true) {
  return useQuery({
    enabled,
    queryKey: ["downtimes"],
    queryFn: ({ signal }) => request<Downtime[]>("GET", "/api/v1/downtime", { signal }),
    refetchInterval: 30_000,
  });
}

export function useDowntimeChange() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ method, path, body }: { method: string; path: string; body?: unknown }) =>
      request<Downtime | undefined>(method, path, { body }),
    onSuccess: () => {
      for (const key of ["downtimes", "monitors", "monitor", "hosts", "host"])
        void client.invalidateQueries({ queryKey: [key] });
    },
  });
}

/** The page of a monitor was opened by a person; a lost count is no harm. */
export function countView(id: number) {
  void request<unknown>("POST", `/api/ui/monitors/${id}/views`).catch(() => undefined);
}
