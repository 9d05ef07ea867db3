/** Endpoints of the configuration of logs: pipelines, indexes, metrics, tests of pipelines. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "~/api/client";
import { parseJson } from "~/core/json";
import { toast } from "~/ui";
import type { Processor } from "./processors";

export interface Pipeline {
  id: string;
  name: string;
  type?: string;
  is_enabled: boolean;
  is_read_only?: boolean;
  filter: { query: string };
  processors: Processor[];
  description?: string;
  tags?: string[];
}

export interface ExclusionFilter {
  name: string;
  is_enabled?: boolean;
  filter: { query?: string; sample_rate: number; sample_attribute?: string };
}

export interface LogIndex {
  name: string;
  filter: { query: string };
  exclusion_filters: ExclusionFilter[];
  daily_limit?: number;
  daily_limit_reset?: { reset_time: string; reset_utc_offset: string };
  daily_limit_warning_threshold_percentage?: number;
  num_retention_days: number;
  is_rate_limited: boolean;
  tags?: string[];
}

export interface DerivedMetric {
  id: string;
  attributes: {
    compute: { aggregation_type: "count" | "distribution"; path?: string; include_percentiles?: boolean };
    filter: { query: string };
    group_by: { path: string; tag_name: string }[];
  };
}

/** What a processor did to one line: fields with their value before and after. */
export interface TestStep {
  pipeline: string;
  pipeline_id: string;
  place: number[];
  type: string;
  name: string;
  applied: boolean;
  problem: string | null;
  changes: Record<string, [unknown, unknown]>;
}

export interface TestedLine {
  message: string;
  service: string;
  status: string;
  host: string;
  tags: string[];
  timestamp: string;
  attributes: Record<string, unknown>;
}

export interface TestResult {
  before: TestedLine;
  after: TestedLine;
  steps: TestStep[];
  /** Ids of the pipelines whose filter found the line. */
  matched: string[];
}

export interface Sample {
  /** As it came in; otherwise as it is stored, with what pipelines made of it. */
  raw: boolean;
  log: Record<string, unknown>;
}

const CONFIG = "/api/v1/logs/config";
/** Where metrics made of a kind of telemetry are configured, and what they are called. */
export interface MetricKind {
  source: "logs" | "spans";
  path: string;
  type: string;
  permission: string;
  /** What the metrics cover though it is not stored. */
  covers: string;
}
export const LOG_METRICS: MetricKind = {
  source: "logs",
  path: "/api/v2/logs/config/metrics",
  type: "logs_metrics",
  permission: "logs_generate_metrics",
  covers: "all logs that arrive, also those that no index stores",
};
export const SPAN_METRICS: MetricKind = {
  source: "spans",
  path: "/api/v2/apm/config/metrics",
  type: "spans_metrics",
  permission: "apm_generate_metrics",
  covers: "all spans that arrive, also those that are not retained",
};

export const usePipelines = () =>
  useQuery({
    queryKey: ["log-config", "pipelines"],
    queryFn: ({ signal }) => request<Pipeline[]>("GET", `${CONFIG}/pipelines`, { signal }),
  });

export const useIndexes = () =>
  useQuery({
    queryKey: ["log-config", "indexes"],
    queryFn: async ({ signal }) =>
      (await request<{ indexes: LogIndex[] }>("GET", `${CONFIG}/indexes`, { signal })).indexes,
  });

export const useDerivedMetrics = ({ source, path }: MetricKind) =>
  useQuery({
    queryKey: ["log-config", "metrics", source],
    queryFn: async ({ signal }) => (await request<{ data: DerivedMetric[] }>("GET", path, { signal })).data,
  });

/** A change of the configuration: says when it is done, or why it could not be. */
export function useConfigChange<Given, Answer = unknown>(
  change: (given: Given) => Promise<Answer>,
  done: string,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => {
      if (done) toast(done);
      return client.invalidateQueries({ queryKey: ["log-config"] });
    },
    onError: (error) => toast(error.message, "alert"),
  });
}

export const savePipeline = ({ id, ...body }: Pipeline) => {
  const { type: _, is_read_only: __, ...document } = body;
  return id
    ? request<Pipeline>("PUT", `${CONFIG}/pipelines/${id}`, { body: document })
    : request<Pipeline>("POST", `${CONFIG}/pipelines`, { body: document });
};
export const deletePipeline = (id: string) => request("DELETE", `${CONFIG}/pipelines/${id}`);
export const orderPipelines = (pipeline_ids: string[]) =>
  request("PUT", `${CONFIG}/pipeline-order`, { body: { pipeline_ids } });

/** Fields of an index to create or change. */
export type IndexChange = { name: string } & Record<string, unknown>;

export const createIndex = (body: IndexChange) => request<LogIndex>("POST", `${CONFIG}/indexes`, { body });
export const updateIndex = ({ name, ...body }: IndexChange) =>
  request<LogIndex>("PUT", `${CONFIG}/indexes/${name}`, { body });
export const deleteIndex = (name: string) => request("DELETE", `${CONFIG}/indexes/${name}`);
export const orderIndexes = (index_names: string[]) =>
  request("PUT", `${CONFIG}/index-order`, { body: { index_names } });

export const createMetric =
  ({ path, type }: MetricKind) =>
  ({ id, attributes }: DerivedMetric) =>
    request("POST", path, { body: { data: { type, id, attributes } } });
export const updateMetric =
  ({ path, type }: MetricKind) =>
  ({ id, attributes: { compute, filter, group_by } }: DerivedMetric) => {
    const changed =
      compute.aggregation_type === "distribution" ? { include_percentiles: compute.include_percentiles } : {};
    return request("PATCH", `${path}/${id}`, {
      body: { data: { type, attributes: { compute: changed, filter, group_by } } },
    });
  };
export const deleteMetric =
  ({ path }: MetricKind) =>
  (id: string) =>
    request("DELETE", `${path}/${id}`);

/** Recent logs that a filter finds. */
export const useSamples = (query: string) =>
  useQuery({
    queryKey: ["log-samples", query],
    retry: false,
    staleTime: 30_000,
    queryFn: async ({ signal }) =>
      (
        await request<{ samples: Sample[] }>("GET", "/api/ui/logs/pipelines/samples", {
          query: { query: query || "*", limit: 10 },
          signal,
          parse: parseJson,
        })
      ).samples,
  });

/** What a pipeline does to samples. */
export const useTest = (pipeline: object | undefined, samples: readonly unknown[]) =>
  useQuery({
    queryKey: ["log-test", pipeline, samples],
    retry: false,
    enabled: pipeline !== undefined && samples.length > 0,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) =>
      (
        await request<{ results: TestResult[] }>("POST", "/api/ui/logs/pipelines/test", {
          body: { pipeline, samples },
          signal,
          parse: parseJson,
        })
      ).results,
  });
