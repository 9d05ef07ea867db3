/** Fetches what a widget shows. Old data stay on the screen while newer ones are on their way. */

import { keepPreviousData, type UseQueryResult, useQueries } from "@tanstack/react-query";
import { request as call } from "~/api/client";
import { useWidgetScope } from "./context";
import { formulaBody, formulaNames, type Window, windowOf } from "./request";
import {
  fromScalar,
  fromTimeseries,
  fromV1,
  joinTables,
  type ScalarAnswer,
  type Series,
  type Table,
  type TimeseriesAnswer,
  tabled,
  type V1Answer,
} from "./series";
import type { WidgetDefinition, WidgetRequest } from "./types";
import { substituteAll } from "./variables";

export interface Result<T> {
  data: T | undefined;
  error: unknown;
  isPending: boolean;
  isFetching: boolean;
  refetch: () => void;
  window: Window;
  /** What the server says of the answer: that something was cut, or is not as whole as it looks. */
  notes: string[];
}

interface Answered<T> {
  value: T;
  notes: string[];
}

function combine<T>(results: UseQueryResult<Answered<T>>[]): Omit<Result<T[]>, "window"> {
  const ready = results.every((result) => result.data !== undefined);
  return {
    data: ready ? results.map((result) => result.data!.value) : undefined,
    notes: [...new Set(results.flatMap((result) => result.data?.notes ?? []))],
    error: results.find((result) => result.error)?.error ?? null,
    isPending: results.some((result) => result.isPending),
    isFetching: results.some((result) => result.isFetching),
    refetch: () => results.forEach((result) => void result.refetch()),
  };
}

/** The requests of a definition as a list: most widgets have an array, host maps an object. */
export function requestsOf(definition: WidgetDefinition): WidgetRequest[] {
  const requests: unknown = definition.requests;
  if (Array.isArray(requests)) return requests as WidgetRequest[];
  return requests ? (Object.values(requests as object).filter(Boolean) as WidgetRequest[]) : [];
}

function useRequests<T>(
  definition: WidgetDefinition,
  kind: string,
  fetcher: (request: WidgetRequest, window: Window, signal: AbortSignal) => Promise<Answered<T>>,
): Result<T[]> {
  const { variables, chosen, window: page } = useWidgetScope();
  const window = windowOf(definition.time, page);
  const requests = requestsOf(definition).map((entry) => substituteAll(entry, variables, chosen));
  const combined = useQueries({
    queries: requests.map((entry) => ({
      queryKey: ["widget", kind, entry, window.from, window.to],
      queryFn: ({ signal }: { signal: AbortSignal }) => fetcher(entry, window, signal),
      placeholderData: keepPreviousData,
      retry: false,
      staleTime: 5_000,
    })),
    combine: combine<T>,
  });
  return { ...combined, window };
}

async function fetchV1(text: string, window: Window, signal: AbortSignal): Promise<V1Answer> {
  const query = { query: text, from: Math.floor(window.from / 1000), to: Math.ceil(window.to / 1000) };
  return call<V1Answer>("GET", "/api/v1/query", { query, signal });
}

const said = (answer: V1Answer) => (answer.message ? answer.message.split("; ") : []);

async function fetchSeries(
  entry: WidgetRequest,
  window: Window,
  signal: AbortSignal,
): Promise<Answered<Series[]>> {
  if (entry.q) {
    const answer = await fetchV1(entry.q, window, signal);
    return { value: fromV1(answer, entry.metadata), notes: said(answer) };
  }
  const body = formulaBody(entry, "timeseries", window);
  const answer = await call<TimeseriesAnswer>("POST", "/api/v2/query/timeseries", { body, signal });
  return { value: fromTimeseries(answer, formulaNames(entry)), notes: answer.meta?.notes ?? [] };
}

async function fetchTable(
  entry: WidgetRequest,
  window: Window,
  signal: AbortSignal,
): Promise<Answered<Table>> {
  if (entry.q) {
    const answer = await fetchV1(entry.q, window, signal);
    return { value: tabled(fromV1(answer), entry.aggregator, entry.alias ?? entry.q), notes: said(answer) };
  }
  const body = formulaBody(entry, "scalar", window);
  const answer = await call<ScalarAnswer>("POST", "/api/v2/query/scalar", { body, signal });
  return { value: fromScalar(answer, formulaNames(entry)), notes: answer.meta?.notes ?? [] };
}

/** Series of each request of a widget, in the requests' order. */
export function useSeries(definition: WidgetDefinition): Result<Series[][]> {
  return useRequests(definition, "series", fetchSeries);
}

/** One table of all requests: numbers by group. */
export function useTable(definition: WidgetDefinition): Result<Table> {
  const result = useRequests(definition, "table", fetchTable);
  return { ...result, data: result.data && joinTables(result.data) };
}
