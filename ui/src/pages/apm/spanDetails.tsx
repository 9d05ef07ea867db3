/** What a span carried: its error, its tags, its logs. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { request } from "~/api/client";
import type { Box } from "~/core/flame";
import { formatInstant } from "~/core/time";
import { formatDuration } from "~/core/units";
import { CodeBlock, Panel, Properties, Tabs } from "~/ui";
import css from "./trace.module.css";

interface LogEntry {
  id: string;
  attributes: { timestamp: string; message: string; status: string };
}

export function SpanDetails({ box, start }: { box: Box; start: number }) {
  const { span } = box;
  const tags = [
    ...Object.entries(span.meta),
    ...Object.entries(span.metrics).map(([key, value]) => [key, String(value)] as const),
  ].filter(([key]) => !key.startsWith("_") && key !== "error.stack");
  const stack = span.meta["error.stack"];
  return (
    <Panel title={span.service} hint={span.name} className={css.details}>
      <div className={css.scroll}>
        <Properties
          items={[
            ["Resource", span.resource],
            ["Began", formatInstant(start + span.start / 1e6)],
            ["Took", formatDuration(span.duration / 1e9)],
            ["Itself", formatDuration(Math.max(0, box.own) / 1e9)],
          ]}
        />
        {span.error && (
          <div className={css.fault} role="alert">
            <b>◆ {span.meta["error.type"] ?? "Error"}</b>
            <p>{span.meta["error.message"] ?? span.meta["error.msg"]}</p>
            {stack && <CodeBlock code={stack} />}
          </div>
        )}
        <Tabs
          items={[
            {
              value: "tags",
              label: `Tags ${tags.length}`,
              content: (
                <Properties
                  items={tags

                    .sort(([a], [b]) => a.localeCompare(b))
                    .map(([key, value]) => [key, value] as const)}
                />
              ),
            },
            { value: "logs", label: "Logs", content: <Logs box={box} start={start} /> },
          ]}
        />
      </div>
    </Panel>
  );
}

function Logs({ box, start }: { box: Box; start: number }) {
  const trace = window.location.pathname.split("/").pop() ?? "";
  const query = useQuery({
    queryKey: ["trace-logs", trace],
    retry: false,
    queryFn: ({ signal }) =>
      request<{ data: LogEntry[] }>("POST", "/api/v2/logs/events/search", {
        body: {
          filter: {
            query: `trace_id:${trace}`,
            from: new Date(start - 3_600_000).toISOString(),
            to: new Date(start + box.span.duration / 1e6 + 3_600_000).toISOString(),
          },
          page: { limit: 100 },
          sort: "timestamp",
        },
        signal,
      }),
  });
  const logs = query.data?.data ?? [];
  if (query.error) return <p className="muted">{(query.error as Error).message}</p>;
  if (logs.length === 0)
    return <p className="muted">No log carries this trace. Set DD_LOGS_INJECTION=true in the application.</p>;
  return (
    <ul className={css.logs}>
      {logs.map((log) => (
        <li key={log.id} data-status={log.attributes.status}>
          <small className="num">{formatInstant(new Date(log.attributes.timestamp).getTime())}</small>{" "}
          {log.attributes.message}
        </li>
      ))}
      <li>
        <Link href={`/logs?query=${encodeURIComponent(`trace_id:${trace}`)}`}>Open in the log explorer</Link>
      </li>
    </ul>
  );
}
