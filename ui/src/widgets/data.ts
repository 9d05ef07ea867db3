/** Fetches what a widget shows. Old data stay on the screen while newer ones are on their way. */

import {
  type QueryClient,
  type QueryFunctionContext,
  type UseQueryResult,
  useQueries,
} from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import { batched } from "~/api/batch";
import { ApiFailure } from "~/api/client";
import { checkOptions } from "~/api/metrics";
import { lookAhead } from "~/core/forecast";
import { fromV1, fromV2, type Series, type V1Answer, type V2Answer } from "~/core/response";
import { useWidgetScope } from "./context";
import { withoutUnknown } from "./legacyRequests";
import { textsOf } from "./links";
import { formulaBody, formulaNames, requestsOf, timeAskedOf, type Window, windowOf } from "./request";
import { arranged } from "./tableOrder";
import { fromScalar, joinTables, type ScalarAnswer, type Table, tabled } from "./tables";
import type { WidgetDefinition, WidgetRequest } from "./types";
import { substituteAll } from "./variables";

export interface Result<T> {
  data: T | undefined;
  error: unknown;
  isPending: boolean;
  isFetching: boolean;
  /** The data are of an earlier question: of other variables or another time, or of the widget before it was edited. */
  former: boolean;
  refetch: () => void;
  window: Window;
  /** What the server says of the answer: that something was cut, or is not as whole as it looks. */
  notes: string[];
}

interface Answered<T> {
  value: T;
  notes: string[];
}

type Combined<T> = Omit<Result<T[]>, "window">;

function combine<T>(results: UseQueryResult<Answered<T>>[]): Combined<T> {
  const ready = results.every((result) => result.data !== undefined);
  return {
    data: ready ? results.map((result) => result.data!.value) : undefined,
    notes: [...new Set(results.flatMap((result) => result.data?.notes ?? []))],
    error: results.find((result) => result.error)?.error ?? null,
    isPending: results.some((result) => result.isPending),
    isFetching: results.some((result) => result.isFetching),
    former: false,
    refetch: () => results.forEach((result) => void result.refetch()),
  };
}

type Fetcher<T> = (request: WidgetRequest, window: Window, signal: AbortSignal) => Promise<Answered<T>>;

interface Source<T> {
  kind: string;
  fetcher: Fetcher<T>;
  empty: T;
}

/** Of times before what is stored the server has no answer: there is nothing, and that is no fault. */
const BEFORE_ALL = /outside the retention/;
const NOTHING_KEPT = "This time is before what is stored here.";

function optionsOf<T>({ kind, fetcher, empty }: Source<T>, entry: WidgetRequest, window: Window) {
  return {
    queryKey: ["widget", kind, entry, window.from, window.to],
    queryFn: async ({ signal, client }: QueryFunctionContext) => {
      if (!entry.q && !entry.queries?.length) return { value: empty, notes: [] };
      refuseWrong(client, entry);
      try {
        return await fetcher(entry, window, signal);
      } catch (error) {
        if (error instanceof ApiFailure && error.status === 400 && BEFORE_ALL.test(error.message))
          return { value: empty, notes: [NOTHING_KEPT] };
        await rememberWrong(client, entry, error);
        throw error;
      }
    },
    retry: false,
    staleTime: 5_000,
    // Of a live page every refresh is another window: what nobody shows any more is soon forgotten.
    gcTime: 10_000,
  };
}

const wrongKey = (entry: WidgetRequest) => ["widget-wrong", entry];

/** Of what is no query the server was asked once: it is as wrong in the next window as in the last. */
function refuseWrong(client: QueryClient, entry: WidgetRequest) {
  const messages = client.getQueryData<string[]>(wrongKey(entry));
  if (messages) throw new ApiFailure(400, messages);
}

async function rememberWrong(client: QueryClient, entry: WidgetRequest, error: unknown) {
  if (!(error instanceof ApiFailure) || error.status !== 400) return;
  const checks = textsOf(entry).map((text) => client.fetchQuery(checkOptions(text)).catch(() => null));
  const wrong = (await Promise.all(checks)).some((problem) => problem !== null);
  if (wrong) client.setQueryData(wrongKey(entry), error.messages);
}

function useRequests<T>(definition: WidgetDefinition, source: Source<T>): Result<T[]> {
  const { variables, chosen, window: page, refresh } = useWidgetScope();
  const requests = requestsOf(definition).map((entry) =>
    withoutUnknown(substituteAll(entry, variables, chosen)),
  );
  const window = shownWindow(source, requests, windowOf(definition.time, page));
  const combined = useQueries({
    queries: requests.map((entry) => optionsOf(source, entry, window)),
    combine: combine<T>,
  });
  const asked = JSON.stringify([requests, timeAskedOf(definition.time, page, refresh !== null)]);
  return { ...useLast(combined, asked), window };
}

/** Lines of forecasts go on beyond now; numbers do not. */
function shownWindow<T>(source: Source<T>, requests: readonly WidgetRequest[], window: Window): Window {
  return source.kind === "series" ? lookAhead(window, requests, Date.now()) : window;
}

/** Of a list of queries nothing stays when their keys change, so the last whole answer is kept here. */
function useLast<T>(result: Combined<T>, asked: string): Combined<T> {
  const last = useRef<Pick<typeof result, "data" | "notes">>({ data: undefined, notes: [] });
  const answered = useRef(asked);
  if (result.data) {
    last.current = { data: result.data, notes: result.notes };
    answered.current = asked;
  }
  const unreached = result.error instanceof ApiFailure && result.error.status === 0;
  if (result.data || (result.error && !unreached)) return result;
  // The page says that the server is away; what is drawn stays.
  if (!last.current.data) return result;
  return { ...result, ...last.current, former: answered.current !== asked, error: null };
}

/** What a widget shows now: from memory where it was asked for already. `definition` has its variables put in. */
async function shown<T>(
  client: QueryClient,
  source: Source<T>,
  definition: WidgetDefinition,
  window: Window,
): Promise<T[]> {
  const requests = requestsOf(definition).map(withoutUnknown);
  const asked = shownWindow(source, requests, window);
  const found = requests.map((entry) =>
    client.fetchQuery({ ...optionsOf(source, entry, asked), staleTime: Number.POSITIVE_INFINITY }),
  );
  return (await Promise.all(found)).map((answer) => answer.value);
}

export function shownSeries(client: QueryClient, definition: WidgetDefinition, window: Window) {
  return shown(client, SERIES, definition, window);
}

export async function shownTable(client: QueryClient, definition: WidgetDefinition, window: Window) {
  return joined(definition, await shown(client, TABLE, definition, window));
}

async function fetchV1(entry: WidgetRequest, window: Window, signal: AbortSignal): Promise<V1Answer> {
  const display = entry.display_type === "bars" ? "bars" : "line";
  const query = {
    query: entry.q,
    from: Math.floor(window.from / 1000),
    to: Math.ceil(window.to / 1000),
    display,
  };
  return batched<V1Answer>("v1", query, signal);
}

async function fetchSeries(
  entry: WidgetRequest,
  window: Window,
  signal: AbortSignal,
): Promise<Answered<Series[]>> {
  if (entry.q) {
    const { series, notes } = fromV1(await fetchV1(entry, window, signal), entry.metadata);
    return { value: series, notes };
  }
  const body = formulaBody(entry, "timeseries", window);
  const answer = await batched<V2Answer>("timeseries", body, signal);
  const { series, notes } = fromV2(answer, formulaNames(entry));
  return { value: series, notes };
}

async function fetchTable(
  entry: WidgetRequest,
  window: Window,
  signal: AbortSignal,
): Promise<Answered<Table>> {
  if (entry.q) {
    const { series, notes } = fromV1(await fetchV1(entry, window, signal));
    return { value: tabled(series, entry.aggregator, entry.alias ?? entry.q), notes };
  }
  const body = formulaBody(entry, "scalar", window);
  const answer = await batched<ScalarAnswer>("scalar", body, signal);
  return { value: fromScalar(answer, formulaNames(entry)), notes: answer.meta?.notes ?? [] };
}

const SERIES: Source<Series[]> = { kind: "series", fetcher: fetchSeries, empty: [] };
const TABLE: Source<Table> = {
  kind: "table",
  fetcher: fetchTable,
  empty: { columns: [], groups: [], rows: [] },
};

/** Series of each request of a widget, in the requests' order. */
export function useSeries(definition: WidgetDefinition): Result<Series[][]> {
  return useRequests(definition, SERIES);
}

/** One table of all requests: numbers by group. */
export function useTable(definition: WidgetDefinition): Result<Table> {
  const result = useRequests(definition, TABLE);
  const { data } = result;
  const table = useMemo(() => data && joined(definition, data), [definition, data]);
  return { ...result, data: table };
}

/** Bars are sorted and counted themselves: one may stand for several rows. */
const BARS = new Set(["toplist", "bar_chart"]);

function joined(definition: WidgetDefinition, tables: readonly Table[]): Table {
  if (BARS.has(definition.type)) return joinTables(tables);
  const requests = requestsOf(definition);
  return joinTables(tables.map((table, i) => arranged(table, requests[i] ?? {})));
}
