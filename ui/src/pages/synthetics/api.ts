/** Synthetic tests through the public endpoints, and the page's own list with states. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "~/api/client";
import type { State } from "~/ui";

export type TestState = "passing" | "failing" | "paused" | "pending";

export interface Row {
  public_id: string;
  name: string;
  subtype: string;
  state: TestState;
  target: string;
  tick_every: number | null;
  last_run: number | null;
  failing_since: number | null;
  last_error: string;
  tags: string[];
  monitor_id: number | null;
}

export interface Assertion {
  type: string;
  operator: string;
  property?: string;
  target?: unknown;
}

export interface TestRequest {
  url?: string;
  method?: string;
  host?: string;
  port?: number | string;
  body?: string;
  headers?: Record<string, string>;
  timeout?: number;
  [other: string]: unknown;
}

export interface TestConfig {
  request?: TestRequest;
  assertions?: Assertion[];
  steps?: unknown[];
  [other: string]: unknown;
}

export interface TestOptions {
  tick_every?: number;
  min_failure_duration?: number;
  retry?: { count?: number; interval?: number };
  [other: string]: unknown;
}

export interface Test {
  public_id: string;
  name: string;
  type: string;
  subtype: string;
  status: "live" | "paused";
  config: TestConfig;
  options: TestOptions;
  locations: string[];
  message: string;
  tags: string[];
  monitor_id: number | null;
}

export type TestDraft = Omit<Test, "public_id" | "monitor_id">;

export interface RunResult {
  passed: boolean;
  httpStatusCode?: number;
  responseHeaders?: Record<string, string>;
  responseBody?: string;
  timings?: Record<string, number>;
  failure?: { code: string; message: string };
  assertionResults?: (Assertion & { valid: boolean; actual: unknown })[];
  steps?: {
    name: string;
    subtype: string;
    passed: boolean;
    skipped: boolean;
    failure?: { message: string };
  }[];
}

export interface ShortResult {
  result_id: string;
  check_time: number;
  status: number;
  result: { passed: boolean; timings: Record<string, number> };
}

export const STATES: Record<TestState, { state: State; label: string }> = {
  passing: { state: "ok", label: "Passing" },
  failing: { state: "alert", label: "Failing" },
  paused: { state: "nodata", label: "Paused" },
  pending: { state: "nodata", label: "Pending" },
};

export const SUBTYPES: { value: string; label: string }[] = [
  { value: "http", label: "HTTP" },
  { value: "ssl", label: "SSL" },
  { value: "tcp", label: "TCP" },
  { value: "dns", label: "DNS" },
  { value: "multi", label: "Multistep" },
];

export const subtypeLabel = (subtype: string) =>
  SUBTYPES.find((one) => one.value === subtype)?.label ?? subtype.toUpperCase();

const BASE = "/api/v1/synthetics/tests";

export function useTests() {
  return useQuery({
    queryKey: ["synthetics"],
    queryFn: async ({ signal }) =>
      (await request<{ tests: Row[] }>("GET", "/api/ui/synthetics", { signal })).tests,
    refetchInterval: 30_000,
  });
}

export function useTestState(id: string) {
  return useQuery({
    queryKey: ["synthetics", id, "state"],
    queryFn: ({ signal }) => request<Row>("GET", `/api/ui/synthetics/${id}`, { signal }),
    refetchInterval: 10_000,
    retry: false,
  });
}

export function useTest(id: string) {
  return useQuery({
    queryKey: ["synthetics", id],
    queryFn: ({ signal }) => request<Test>("GET", `${BASE}/api/${id}`, { signal }),
    retry: false,
  });
}

export function useResults(id: string) {
  return useQuery({
    queryKey: ["synthetics", id, "results"],
    queryFn: async ({ signal }) =>
      (await request<{ results: ShortResult[] }>("GET", `${BASE}/${id}/results`, { signal })).results,
    refetchInterval: 10_000,
  });
}

export function useResult(id: string, resultId: string | undefined) {
  return useQuery({
    queryKey: ["synthetics", id, "result", resultId],
    enabled: resultId !== undefined,
    queryFn: ({ signal }) =>
      request<{ check_time: number; result: RunResult }>("GET", `${BASE}/${id}/results/${resultId}`, {
        signal,
      }),
  });
}

interface Change {
  method: string;
  path: string;
  body?: unknown;
}

/** A change of tests by the public API; lists and tests are read again. */
export function useChange<Answer = unknown>() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ method, path, body }: Change) => request<Answer>(method, path, { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["synthetics"] }),
  });
}

export const paths = {
  create: `${BASE}/api`,
  change: (id: string) => `${BASE}/api/${id}`,
  status: (id: string) => `${BASE}/${id}/status`,
  remove: `${BASE}/delete`,
  trigger: `${BASE}/trigger`,
  run: "/api/ui/synthetics/run",
};
