/** Spans as a source of the explorer: all, those that enter a service, or those that begin a trace. */
import { request } from "~/api/client";
import { formatDuration } from "~/core/units";
import { filterOf } from "~/explorer/api";
import { tagValues } from "~/explorer/format";
import type { ExplorerSource } from "~/explorer/types";
import type { SpanKind } from "./api";
import { SpanPanel } from "./spanPanel";

export interface SpanRow {
  /** Trace id and decimal span id. */
  id: string;
  /** UNIX nanoseconds. */
  time_ns: string;
  trace_id: string;
  span_id: string;
  parent_id: string | null;
  /** Nanoseconds. */
  duration: number;
  service: string;
  name: string;
  resource: string;
  type: string;
  error: boolean;
  env: string;
  host: string;
  version: string;
  http_status: number | null;
  tags: string[];
  meta: Record<string, string>;
  metrics: Record<string, number>;
}

export const SPAN_KINDS: readonly { value: SpanKind; label: string }[] = [
  { value: "entry", label: "Service entry spans" },
  { value: "root", label: "Root spans" },
  { value: "all", label: "All spans" },
];

const FIELDS: Record<string, (row: SpanRow) => unknown> = {
  service: (row) => row.service,
  operation_name: (row) => row.name,
  resource_name: (row) => row.resource,
  status: (row) => statusOf(row),
  type: (row) => row.type,
  env: (row) => row.env,
  host: (row) => row.host,
  version: (row) => row.version,
  trace_id: (row) => row.trace_id,
  span_id: (row) => row.span_id,
  parent_id: (row) => row.parent_id,
  "@http.status_code": (row) => row.http_status ?? undefined,
  "@duration": (row) => formatDuration(row.duration / 1e9),
};

export const statusOf = (row: SpanRow) => (row.error ? "error" : "ok");

/** The value of a field of the search language; undefined where the span has none. */
export function spanValue(row: SpanRow, field: string): unknown {
  const own = FIELDS[field];
  if (own) return own(row);
  const key = field.startsWith("@") ? field.slice(1) : field;
  const value = row.meta[key] ?? row.metrics[key];
  if (value !== undefined || field.startsWith("@")) return value;
  return tagValues(row.tags, field).join(", ") || undefined;
}

const SOURCE: ExplorerSource<SpanRow> = {
  name: "spans",
  settings: "spans",
  title: "Traces",
  noun: ["span", "spans"],
  placeholder: "service:web status:error @duration:>100ms resource_name:GET*",
  statusField: "status",
  timelineFields: ["status", "service", "resource_name", "operation_name"],
  columns: [
    { field: "service", title: "Service", width: "150px" },
    { field: "operation_name", title: "Operation", width: "150px" },
    {
      field: "@duration",
      title: "Duration",
      width: "92px",
      cell: (row) => <span className="num">{formatDuration(row.duration / 1e9)}</span>,
    },
    { field: "@http.status_code", title: "Status code", width: "100px" },
    { field: "env", title: "Env", width: "90px" },
  ],
  defaultColumns: ["service", "operation_name", "@duration", "@http.status_code"],
  measures: ["@duration"],
  fetchPage: () => Promise.reject(new Error("spanSource() says which spans")),
  fetchRow: (id, signal) =>
    request<SpanRow>("GET", `/api/ui/apm/spans/${encodeURIComponent(id)}`, { signal }),
  rowKey: (row) => row.id,
  rowTime: (row) => Number(row.time_ns.slice(0, -6)),
  rowStatus: statusOf,
  rowText: (row) => row.resource || row.name,
  textTitle: "Resource",
  valueOf: spanValue,
  panelTitle: (row) => `${row.service} ${row.resource}`,
  Panel: SpanPanel,
  empty: (
    <>
      Service entry spans are the first spans of each service; choose <b>All spans</b> to search within
      services. Tracers send spans to the agent, on port 8126.
    </>
  ),
  readTail: (text) => JSON.parse(text) as SpanRow,
  patterns: true,
  sorts: [
    { value: "-duration", label: "Longest first" },
    { value: "duration", label: "Shortest first" },
  ],
  dataSource: "spans",
};

export function spanSource(kind: SpanKind): ExplorerSource<SpanRow> {
  return {
    ...SOURCE,
    name: kind === "all" ? "spans" : `spans-${kind}`,
    tailPath: `/api/ui/apm/spans/tail?spans=${kind}`,
    fetchPage: async ({ query, range, newestFirst, sort, cursor, signal }) => {
      const { from, to } = filterOf(query, range);
      const answer = await request<{ spans: SpanRow[]; after: string | null }>("GET", "/api/ui/apm/spans", {
        query: {
          query: query || "*",
          spans: kind,
          start: from,
          end: to,
          limit: 200,
          cursor,
          sort: sort ?? (newestFirst ? "-start" : "start"),
        },
        signal,
      });
      return { rows: answer.spans, after: answer.after ?? undefined };
    },
  };
}
