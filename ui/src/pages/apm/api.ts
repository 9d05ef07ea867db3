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
  /** What the page can be filtered by; tags are `key:value`. */
  filters: { versions: string[]; tags: string[] };
}

/** Filters of the pages of a service; empty texts mean any. `tag` is the second primary tag, `key:value`. */
export interface Scope {
  env: string;
  version: string;
  tag: string;
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
  time: { service: string; type: string; seconds: number; share: number }[];
}

/** What a page of a service reads of it: `part` of its address, in a scope and a time range. */
function useServicePart<T>(
  service: string,
  part: string,
  scope: Scope,
  range: TimeRange,
  more: Record<string, string> = {},
) {
  return useQuery({
    queryKey: ["service", service, part, scope, more, range.from, range.to],
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) =>
      request<T>("GET", `/api/ui/apm/services/${encodeURIComponent(service)}${part}`, {
        query: { ...scope, ...more, ...window(range) },
        signal,
      }),
  });
}

export const useService = (
  service: string,
  scope: Scope,
  resource: string,
  range: TimeRange,
  operation = "",
) => useServicePart<ServicePage>(service, "", scope, range, { resource, operation });

export const useDependencies = (service: string, scope: Scope, range: TimeRange) =>
  useServicePart<Dependencies>(service, "/dependencies", scope, range);

/** Two versions beside each other; null where a version had no such request. */
export interface Comparison {
  before: Version | null;
  after: Version | null;
  resources: { operation: string; resource: string; before: Numbers | null; after: Numbers | null }[];
  errors: { issue: string; type: string; message: string; before: number; after: number; new: boolean }[];
}

export const useDeployments = (
  service: string,
  scope: Scope,
  before: string,
  after: string,
  range: TimeRange,
) =>
  useServicePart<{ versions: Version[]; compare?: Comparison }>(service, "/deployments", scope, range, {
    before,
    after,
  });

export interface ServiceHost extends Numbers {
  host: string;
  versions: string[];
  /** UNIX seconds. */
  last_seen: number;
}

export const useServiceHosts = (service: string, scope: Scope, range: TimeRange) =>
  useServicePart<{ hosts: ServiceHost[] }>(service, "/hosts", scope, range);

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
  /** Seconds at p50 to p99 and the maximum, of all requests; empty without requests. */
  percentiles: Record<string, number>;
  spans: WithinSpan[];
  examples: ExampleTrace[];
}

export const useResource = (
  service: string,
  resource: string,
  operation: string,
  scope: Scope,
  range: TimeRange,
) => useServicePart<ResourceDetails>(service, "/resource", scope, range, { resource, operation });

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
