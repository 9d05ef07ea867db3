/** Requests of older dashboards in the form of today's: queries with a data source each. Pure. */
import { type ApmStats, fromApmStats } from "./apmStats";
import type { WidgetQuery, WidgetRequest } from "./types";

const SOURCES: Record<string, string> = {
  log_query: "logs",
  apm_query: "spans",
  event_query: "events",
  rum_query: "rum",
  security_query: "security_signals",
  network_query: "network",
  audit_query: "audit",
  profile_metrics_query: "profiles",
};

interface OldCompute {
  aggregation?: string;
  facet?: string;
  interval?: number;
}

interface OldQuery {
  index?: string;
  compute?: OldCompute;
  multi_compute?: OldCompute[];
  search?: { query?: string };
  group_by?: {
    facet: string;
    limit?: number;
    sort?: { aggregation?: string; order?: string; facet?: string };
  }[];
}

interface OldProcessQuery {
  metric?: string;
  search_by?: string;
  filter_by?: string[];
  limit?: number;
}

/** The same request with `queries` and `formulas`; as it is where it has them, or a metric query, already. */
export function modern(request: WidgetRequest): WidgetRequest {
  if (typeof request.q === "string" || Array.isArray(request.queries))
    return { ...request, queries: request.queries?.filter(isObject).map(completed) };
  for (const [name, source] of Object.entries(SOURCES)) {
    const old = request[name] as OldQuery | undefined;
    if (old) return { ...request, ...fromSearch(old, source) };
  }
  const process = request.process_query as OldProcessQuery | undefined;
  if (process) return { ...request, ...fromProcess(process) };
  if (request.apm_stats_query) return { ...request, ...fromApmStats(request.apm_stats_query as ApmStats) };
  const single = request.query as WidgetQuery | undefined;
  // Lists of entries have a query of their own kind.
  const listed = String(single?.data_source ?? "").endsWith("_stream");
  if (single && typeof single === "object" && single.data_source && !listed) {
    const query = { ...single, name: NAME.test(single.name ?? "") ? single.name : "query1" };
    return { ...request, queries: [query], formulas: [{ formula: query.name }] };
  }
  return request;
}

function fromSearch(old: OldQuery, source: string): Pick<WidgetRequest, "queries" | "formulas"> {
  const computes = old.multi_compute?.length ? old.multi_compute : [old.compute ?? { aggregation: "count" }];
  const queries = computes.map(
    (compute, i): WidgetQuery => ({
      name: `query${i + 1}`,
      data_source: source,
      search: { query: old.search?.query ?? "" },
      ...(old.index && { indexes: [old.index] }),
      compute: {
        aggregation: compute.aggregation ?? "count",
        ...(compute.facet && { metric: compute.facet }),
        ...(compute.interval && { interval: compute.interval }),
      },
      group_by: (old.group_by ?? []).map(({ facet, limit, sort }) => ({
        facet,
        limit: limit ?? 10,
        ...(sort && {
          sort: {
            aggregation: sort.aggregation ?? "count",
            order: sort.order ?? "desc",
            ...(sort.facet && { metric: sort.facet }),
          },
        }),
      })),
    }),
  );
  return { queries, formulas: queries.map((query) => ({ formula: query.name })) };
}

function fromProcess(old: OldProcessQuery): Pick<WidgetRequest, "queries" | "formulas"> {
  const query: WidgetQuery = {
    name: "query1",
    data_source: "process",
    metric: old.metric,
    text_filter: old.search_by ?? "",
    tag_filters: old.filter_by ?? [],
    limit: old.limit ?? 10,
  };
  return { queries: [query], formulas: [{ formula: "query1" }] };
}

const isObject = (query: unknown) => typeof query === "object" && query !== null;
/** What formulas can name. */
const NAME = /^[A-Za-z_]\w*$/;

/** Metric queries that name their parts apart are written as one text. */
function completed(query: WidgetQuery): WidgetQuery {
  const { metric_name: metric, filter } = query as { metric_name?: string; filter?: string };
  // Of product analytics a query holds another one.
  const inner: unknown = query.query;
  if (isObject(inner)) return { ...query, query: undefined, search: (inner as WidgetQuery).search };
  if (query.data_source !== "metrics" || query.query || !metric) return query;
  return { ...query, query: `avg:${metric}{${filter || "*"}}` };
}

/** Variables that the dashboard does not define stand for everything. */
export function withoutUnknown(request: WidgetRequest): WidgetRequest {
  const scope = (text: string) =>
    text.replace(/\{[^{}]*\}/g, (part) => part.replace(/\$[A-Za-z_][\w.-]*/g, "*"));
  return {
    ...request,
    ...(typeof request.q === "string" && { q: scope(request.q) }),
    ...(request.queries && {
      queries: request.queries.map((query) => ({
        ...query,
        ...(typeof query.query === "string" && { query: scope(query.query) }),
        ...(typeof query.search?.query === "string" && {
          search: { query: query.search.query.replace(/\$[A-Za-z_][\w.-]*/g, "*") },
        }),
      })),
    }),
  };
}
