/** Metric queries, and what is known of metrics. */
import { keepPreviousData, type QueryClient, useQuery } from "@tanstack/react-query";
import { type Answer, fromV2, type V2Answer } from "~/core/response";
import type { TimeRange } from "~/core/time";
import type { Unit } from "~/core/units";
import { ApiFailure, request } from "./client";

/** A query object as dashboards hold it: `data_source` `metrics` by default. */
export interface NamedQuery {
  name?: string;
  data_source?: string;
  query?: string;
  [field: string]: unknown;
}

export interface Formula {
  formula: string;
  alias?: string;
}

export interface Question {
  queries: readonly NamedQuery[];
  formulas?: readonly Formula[];
  /** Bars get wider buckets. */
  display?: "line" | "bars";
  enabled?: boolean;
  /** Ask only once the texts are known to be right: beside editors that have them checked anyway. */
  checked?: boolean;
  /** What was drawn for another question stays until this one is answered; the caller marks it as former. */
  keeps?: boolean;
}

/** Ranges of live pages move with every tick: whole seconds keep the keys of two panels the same. */
function seconds(range: TimeRange): [number, number] {
  return [Math.floor(range.from / 1000), Math.ceil(range.to / 1000)];
}

/** What a query read and how long it took. */
export interface Explanation {
  interval: number;
  expressions: { expression: string; interval: number; groups: number; points: number; type: string }[];
  reads: {
    metric: string;
    table: string;
    series: number;
    rows: number;
    cached: number;
    milliseconds: number;
  }[];
  stages: Record<string, number>;
  notes: string[];
}

/** Fetched each time that it is opened: the times are those of this query. */
export function useExplanation(text: string, range: TimeRange, display: "line" | "bars" = "line") {
  const [from, to] = seconds(range);
  return useQuery({
    queryKey: ["metrics", "explain", text, from, to, display],
    queryFn: async ({ signal }) => {
      const query = { query: text, from, to, display, explain: "true" };
      return (await request<{ explain: Explanation }>("GET", "/api/v1/query", { query, signal })).explain;
    },
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
}

/** Queries and formulas of any data source, as lines. */
export function useMetrics(question: Question, range: TimeRange) {
  const [from, to] = seconds(range);
  const body = timeseriesBody(question, from, to);
  return useQuery({
    queryKey: ["metrics", "timeseries", body],
    queryFn: async ({ signal, client }): Promise<Answer> => {
      if (question.checked) await refuseWrong(client, textsOf(question));
      const answer = await request<V2Answer>("POST", "/api/v2/query/timeseries", { body, signal });
      return fromV2(answer, namesOf(question));
    },
    enabled: question.enabled ?? true,
    // The graph of another host or metric is none of this one.
    placeholderData: (last, of) => (question.keeps || sameQueries(of?.queryKey[2], body) ? last : undefined),
    gcTime: 30_000,
  });
}

type TimeseriesBody = ReturnType<typeof timeseriesBody>;

/** Whether two bodies ask the same, of whatever time. */
function sameQueries(one: unknown, other: TimeseriesBody): boolean {
  const asked = ({ queries, formulas }: TimeseriesBody["data"]["attributes"]) =>
    JSON.stringify([queries, formulas]);
  return one !== undefined && asked((one as TimeseriesBody).data.attributes) === asked(other.data.attributes);
}

function named(queries: readonly NamedQuery[]): NamedQuery[] {
  return queries.map((query, i) => ({ data_source: "metrics", name: `query${i + 1}`, ...query }));
}

/** All that is written; a formula that is but a name is not. */
function textsOf({ queries, formulas = [] }: Question): string[] {
  const written = formulas.map(({ formula }) => formula).filter((formula) => !/^\w+$/.test(formula));
  return [...queries.map(({ query = "" }) => query), ...written];
}

function namesOf({ queries, formulas }: Question): string[] {
  if (!formulas || formulas.length === 0) return named(queries).map((query) => query.query ?? query.name!);
  const text = new Map(named(queries).map((query) => [query.name!, query.query]));
  return formulas.map((one) => one.alias || text.get(one.formula) || one.formula);
}

function timeseriesBody({ queries, formulas, display }: Question, from: number, to: number) {
  const attributes = {
    from: from * 1000,
    to: to * 1000,
    queries: named(queries),
    formulas: formulas?.map(({ formula }) => ({ formula })),
    display,
  };
  return { data: { type: "timeseries_request", attributes } };
}

export interface ScalarColumn {
  name: string;
  type: "group" | "number";
  values: (string[] | number | null)[];
  meta?: { unit: [Unit | null, Unit | null] | null };
}

interface ScalarAnswer {
  data: { attributes: { columns: ScalarColumn[] } };
}

export interface ScalarQuestion {
  queries: readonly (NamedQuery & { aggregator?: string })[];
  formulas?: readonly (Formula & { limit?: { count?: number; order?: "asc" | "desc" } })[];
  enabled?: boolean;
}

/** One number a group: for values, lists and tables. */
export function useScalars({ queries, formulas, enabled = true }: ScalarQuestion, range: TimeRange) {
  const [from, to] = seconds(range);
  const attributes = { from: from * 1000, to: to * 1000, queries: named(queries), formulas };
  const body = { data: { type: "scalar_request", attributes } };
  return useQuery({
    queryKey: ["metrics", "scalar", body],
    queryFn: async ({ signal }) =>
      (await request<ScalarAnswer>("POST", "/api/v2/query/scalar", { body, signal })).data.attributes.columns,
    enabled,
    placeholderData: keepPreviousData,
    gcTime: 30_000,
  });
}

export async function fetchMetricNames(hours: number, signal?: AbortSignal): Promise<string[]> {
  const query = { from: Math.floor(Date.now() / 1000) - hours * 3600 };
  return (await request<{ metrics: string[] }>("GET", "/api/v1/metrics", { query, signal })).metrics;
}

/** Names of metrics that reported in the last `hours`. */
export function useMetricNames(hours = 24) {
  return useQuery({
    queryKey: ["metric-names", hours],
    queryFn: ({ signal }) => fetchMetricNames(hours, signal),
    staleTime: 30_000,
  });
}

export type TagValues = Record<string, string[]>;

export function fetchMetricTags(metric: string, signal?: AbortSignal): Promise<TagValues> {
  return request<TagValues>("GET", `/api/ui/metrics/${encodeURIComponent(metric)}/tags`, { signal });
}

/** Tag keys of a metric with their values. */
export function useMetricTags(metric: string | null) {
  return useQuery({
    queryKey: ["metric-tags", metric],
    queryFn: ({ signal }) => fetchMetricTags(metric!, signal),
    enabled: metric !== null && metric !== "",
    staleTime: 30_000,
  });
}

export interface MetricMetadata {
  type: string | null;
  description: string | null;
  short_name: string | null;
  unit: string | null;
  per_unit: string | null;
  statsd_interval: number | null;
  integration: string | null;
}

export const metadataKey = (metric: string) => ["metric-metadata", metric];

export function fetchMetadata(metric: string, signal?: AbortSignal): Promise<MetricMetadata> {
  return request<MetricMetadata>("GET", `/api/v1/metrics/${encodeURIComponent(metric)}`, { signal });
}

export function useMetricMetadata(metric: string | null) {
  return useQuery({
    queryKey: metadataKey(metric ?? ""),
    queryFn: ({ signal }) => fetchMetadata(metric!, signal),
    enabled: metric !== null,
  });
}

export function saveMetadata(metric: string, body: Partial<MetricMetadata>): Promise<MetricMetadata> {
  return request<MetricMetadata>("PUT", `/api/v1/metrics/${encodeURIComponent(metric)}`, { body });
}

export function useUnits() {
  return useQuery({
    queryKey: ["units"],
    queryFn: ({ signal }) => request<Unit[]>("GET", "/api/ui/units", { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export interface QueryFunction {
  name: string;
  category: string;
  signature: string;
  summary: string;
  example: string;
}

/** What is wrong with a query's text; `position` is -1 where no single place is to blame. */
export interface QueryProblem {
  message: string;
  position: number;
}

async function checkQuery(text: string): Promise<QueryProblem | null> {
  const query = { query: text };
  return (await request<{ problem: QueryProblem | null }>("GET", "/api/ui/query/check", { query })).problem;
}

/** The validation of a text, fetched once: its result does not change. */
export function checkOptions(text: string) {
  return {
    queryKey: ["query-check", text],
    queryFn: () => checkQuery(text),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  };
}

/** Throws what the server would say of the first text that is wrong, without asking it to answer that. */
export async function refuseWrong(client: QueryClient, texts: readonly string[]) {
  const found = await Promise.all(texts.map((text) => client.fetchQuery(checkOptions(text))));
  const problem = found.find((one) => one !== null);
  if (problem) throw new ApiFailure(400, [problem.message]);
}

export function fetchFunctions(): Promise<QueryFunction[]> {
  return request<QueryFunction[]>("GET", "/api/ui/functions");
}
