/** Services, resources and traces, as the server counts and keeps them. Durations are seconds. */

import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { request } from "~/api/client";
import type { TimeRange } from "~/core/time";

export interface Numbers {
  hits: number;
  errors: number;
  hits_per_second: number;
  error_rate: number;
  avg: number;
  total_time: number;
  p50: number;
  p75: number;
  p90: number;
  p95: number;
  p99: number;
  max: number;
}

export interface Service extends Numbers {
  service: string;
  type: string;
  operation: string;
  envs: string[];
  languages: string[];
  /** UNIX seconds. */
  last_seen: number;
}

export interface Resource extends Numbers {
  resource: string;
  operation: string;
  type: string;
}

type Timeline = { interval: number; times?: number[] } & { [name in keyof Numbers]?: number[] };

export interface ServicePage {
  service: string;
  summary: Service | null;
  resources: Resource[];
  timeline: Timeline;
}

export interface TraceRow {
  trace_id: string;
  span_id: string;
  /** UNIX seconds. */
  start: number;
  /** Nanoseconds. */
  duration: number;
  service: string;
  name: string;
  resource: string;
  error: boolean;
  env: string;
  host: string;
  http_status: number | null;
}

const window = (range: TimeRange) => ({
  start: new Date(range.from).toISOString(),
  end: new Date(range.to).toISOString(),
});

export function useServices(env: string, range: TimeRange) {
  return useQuery({
    queryKey: ["services", env, range.from, range.to],
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) =>
      request<{ services: Service[]; envs: string[] }>("GET", "/api/ui/apm/services", {
        query: { env, ...window(range) },
        signal,
      }),
  });
}

export interface Call {
  from: string;
  to: string;
  kind: "service" | "database" | "queue" | "external";
  hits: number;
  errors: number;
  /** Seconds. */
  avg_duration: number;
}

export interface Version extends Numbers {
  version: string;
  /** UNIX seconds. */
  first_seen: number;
  last_seen: number;
  error_types: string[];
  /** Types of errors that no earlier version had. */
  new_errors: string[];
}

export interface Dependencies {
  upstream: Call[];
  downstream: Call[];
  versions: Version[];
  time: { service: string; type: string; seconds: number; share: number }[];
}

export function useDependencies(service: string, env: string, range: TimeRange) {
  return useQuery({
    queryKey: ["dependencies", service, env, range.from, range.to],
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) =>
      request<Dependencies>("GET", `/api/ui/apm/services/${encodeURIComponent(service)}/dependencies`, {
        query: { env, ...window(range) },
        signal,
      }),
  });
}

export function useService(service: string, env: string, resource: string, range: TimeRange) {
  return useQuery({
    queryKey: ["service", service, env, resource, range.from, range.to],
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) =>
      request<ServicePage>("GET", `/api/ui/apm/services/${encodeURIComponent(service)}`, {
        query: { env, resource, ...window(range) },
        signal,
      }),
  });
}

export interface LatencyBucket {
  /** Seconds. */
  low: number;
  high: number;
  ok: number;
  error: number;
}

export interface WithinSpan {
  service: string;
  operation: string;
  resource: string;
  type: string;
  per_request: number;
  share_of_requests: number;
  /** Seconds. */
  avg: number;
  errors: number;
  share_of_time: number;
}

export interface ExampleTrace {
  /** A percentile, `max` or `error`. */
  kind: string;
  trace_id: string;
  span_id: string;
  /** UNIX seconds. */
  start: number;
  /** Nanoseconds. */
  duration: number;
  error: boolean;
  error_type: string;
}

export interface ResourceDetails {
  distribution: LatencyBucket[];
  spans: WithinSpan[];
  examples: ExampleTrace[];
}

export function useResource(
  service: string,
  resource: string,
  operation: string,
  env: string,
  range: TimeRange,
) {
  return useQuery({
    queryKey: ["resource", service, resource, operation, env, range.from, range.to],
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) =>
      request<ResourceDetails>("GET", `/api/ui/apm/services/${encodeURIComponent(service)}/resource`, {
        query: { resource, operation, env, ...window(range) },
        signal,
      }),
  });
}

export type SpanKind = "entry" | "root" | "all";
export type SpanSort = "-start" | "start" | "-duration" | "duration";

const PAGE = 200;

/** Pages of spans, ordered by the server over the whole time range. */
export function useTraces(text: string, range: TimeRange, spans: SpanKind, sort: SpanSort) {
  return useInfiniteQuery({
    queryKey: ["traces", text, spans, sort, range.from, range.to],
    placeholderData: keepPreviousData,
    retry: false,
    initialPageParam: "",
    getNextPageParam: (page: TracePage) => page.after ?? undefined,
    queryFn: ({ signal, pageParam }) =>
      request<TracePage>("GET", "/api/ui/apm/traces", {
        query: { query: text || "*", spans, sort, limit: PAGE, cursor: pageParam, ...window(range) },
        signal,
      }),
  });
}

interface TracePage {
  traces: TraceRow[];
  after: string | null;
}
