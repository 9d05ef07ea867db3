/** Logs as a source of the explorer. */
import { request } from "~/api/client";
import { parseJson } from "~/core/json";
import { filterOf } from "~/explorer/api";
import { tagValues, valueAt } from "~/explorer/format";
import { type ExplorerSource, STATUS_COLORS } from "~/explorer/types";
import { LogPanel } from "./panel";

export interface Log {
  id: string;
  /** UNIX nanoseconds. */
  time_ns: string;
  timestamp: string;
  message: string;
  host: string;
  service: string;
  source: string;
  status: string;
  index: string;
  tags: string[];
  attributes: Record<string, unknown>;
  trace_id: string | null;
  span_id: string | null;
}

const RESERVED = new Set([
  "host",
  "service",
  "source",
  "status",
  "index",
  "message",
  "trace_id",
  "span_id",
  "id",
]);

/** Logs as they are stored or, with `index`, those of a historical view, which has no live tail. */
export const logSource = (index?: string): ExplorerSource<Log> => ({
  name: "logs",
  index,
  title: "Logs",
  noun: ["log", "logs"],
  placeholder: "service:web status:error @http.status_code:>=500 “words”",
  statusField: "status",
  timelineFields: ["status", "service", "source", "host"],
  columns: [
    { field: "host", title: "Host", width: "120px" },
    { field: "service", title: "Service", width: "120px" },
  ],
  defaultColumns: ["host", "service"],
  measures: ["@duration"],
  fetchPage: async ({ query, range, newestFirst, cursor, limit = 200, signal }) => {
    const { from, to } = filterOf(query, range);
    const answer = await request<{ logs: Log[]; after: string | null }>("GET", "/api/ui/logs", {
      query: {
        query: query || "*",
        start: from,
        end: to,
        limit,
        cursor,
        sort: newestFirst ? "-timestamp" : "timestamp",
        index,
      },
      signal,
      parse: parseJson,
    });
    return { rows: answer.logs, after: answer.after ?? undefined };
  },
  fetchRow: (id, signal) =>
    request<Log>("GET", `/api/ui/logs/${encodeURIComponent(id)}`, {
      query: { index },
      signal,
      parse: parseJson,
    }),
  rowKey: (log) => log.id,
  rowTime: (log) => Number(log.time_ns.slice(0, -6)),
  rowStatus: (log) => log.status,
  rowText: (log) => log.message,
  valueOf: (log, field) => {
    if (field.startsWith("@")) return valueAt(log.attributes, field.slice(1));
    if (RESERVED.has(field)) return log[field as keyof Log];
    const values = tagValues(log.tags, field);
    return values.length > 0 ? values.join(", ") : undefined;
  },
  panelTitle: (log) => (
    <span style={{ color: `var(${STATUS_COLORS[log.status] ?? "--info"})` }}>{log.status.toUpperCase()}</span>
  ),
  Panel: (props) => <LogPanel {...props} view={index} />,
  empty: (
    <>
      Logs come from files that the agent follows (<code>logs:</code> in conf.d), or from any client by HTTP.
    </>
  ),
  tailPath: index === undefined ? "/api/ui/logs/tail" : undefined,
  readTail: (text) => parseJson(text) as Log,
  patterns: true,
  dataSource: "logs",
});

export const LOGS = logSource();
