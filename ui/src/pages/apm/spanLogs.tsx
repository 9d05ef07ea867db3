/** Logs that carry the trace's id, and the host at the moment of a span. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { request } from "~/api/client";
import { useMetrics } from "~/api/metrics";
import type { Span } from "~/core/flame";
import { formatInstant, type TimeRange } from "~/core/time";
import { Panel } from "~/ui";
import { TimeseriesView } from "~/widgets/timeseries/view";
import css from "./trace.module.css";

interface LogEntry {
  id: string;
  attributes: { timestamp: string; message: string; status: string };
}

/** `start` and `end` are UNIX milliseconds of the trace. */
export function TraceLogs({ trace, start, end }: { trace: string; start: number; end: number }) {
  const query = useQuery({
    queryKey: ["trace-logs", trace],
    retry: false,
    queryFn: ({ signal }) =>
      request<{ data: LogEntry[] }>("POST", "/api/v2/logs/events/search", {
        body: {
          filter: {
            query: `trace_id:${trace}`,
            from: new Date(start - 3_600_000).toISOString(),
            to: new Date(end + 3_600_000).toISOString(),
          },
          page: { limit: 100 },
          sort: "timestamp",
        },
        signal,
      }),
  });
  const logs = query.data?.data ?? [];
  if (query.error) return <p className="muted">Could not load logs. {(query.error as Error).message}</p>;
  if (query.isPending) return <p className="muted">Loading</p>;
  if (logs.length === 0)
    return (
      <p className="muted">No logs linked to this trace. Set DD_LOGS_INJECTION=true in the application.</p>
    );
  return (
    <>
      <ul className={css.logs}>
        {logs.map((log) => (
          <li key={log.id} data-status={log.attributes.status}>
            <small className="num">{formatInstant(new Date(log.attributes.timestamp).getTime())}</small>{" "}
            {log.attributes.message}
          </li>
        ))}
      </ul>
      <p>
        <Link href={`/logs?query=${encodeURIComponent(`trace_id:${trace}`)}`}>View in Log Explorer</Link>
      </p>
    </>
  );
}

const HOST_METRICS = ["system.cpu.user", "system.load.1", "system.mem.used"];
const AROUND = 15 * 60_000;

/** Metrics of the span's host, a quarter of an hour before and after. `at` is UNIX milliseconds. */
export function HostMetrics({ span, at }: { span: Span; at: number }) {
  const range: TimeRange = { from: at - AROUND, to: at + AROUND, live: false };
  if (!span.host) return <p className="muted">The span names no host.</p>;
  return (
    <div className={css.hostMetrics}>
      <Link href={`/infrastructure?host=${encodeURIComponent(span.host)}`}>View host {span.host}</Link>
      {HOST_METRICS.map((metric) => (
        <HostMetric key={metric} metric={metric} host={span.host!} range={range} />
      ))}
    </div>
  );
}

function HostMetric({ metric, host, range }: { metric: string; host: string; range: TimeRange }) {
  const query = useMetrics({ queries: [{ name: "q", query: `avg:${metric}{host:${host}}` }] }, range);
  return (
    <Panel title={metric} busy={query.isFetching} style={{ height: 130 }}>
      <TimeseriesView query={query} kind="line" />
    </Panel>
  );
}
