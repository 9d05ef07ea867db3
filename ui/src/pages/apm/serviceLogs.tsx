/** The newest logs of a service; the explorer has the rest. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { request } from "~/api/client";
import { formatInstant } from "~/core/time";
import { useTimeRange } from "~/shell/timeRange";
import { Async, Button, Panel } from "~/ui";
import { searchOf, useScope } from "./serviceScope";
import css from "./trace.module.css";

interface LogEntry {
  id: string;
  attributes: { timestamp: string; message: string; status: string; host: string };
}

const SHOWN = 50;

export function ServiceLogs({ service }: { service: string }) {
  const { range } = useTimeRange();
  const search = searchOf(service, useScope());
  const query = useQuery({
    queryKey: ["service-logs", search, range.from, range.to],
    retry: false,
    queryFn: ({ signal }) =>
      request<{ data: LogEntry[] }>("POST", "/api/v2/logs/events/search", {
        body: {
          filter: {
            query: search,
            from: new Date(range.from).toISOString(),
            to: new Date(range.to).toISOString(),
          },
          page: { limit: SHOWN },
          sort: "-timestamp",
        },
        signal,
      }),
  });
  return (
    <Panel
      title="Newest logs"
      actions={
        <Link href={`/logs?query=${encodeURIComponent(search)}`}>
          <Button size="small" icon="search">
            View in Log Explorer
          </Button>
        </Link>
      }
    >
      <Async query={query}>
        {({ data }) =>
          data.length === 0 ? (
            <p className={css.note}>No logs of this service in the selected time range</p>
          ) : (
            <ul className={`${css.logs} ${css.serviceLogs}`} aria-label="Logs">
              {data.map(({ id, attributes }) => (
                <li key={id} data-status={attributes.status}>
                  <small className="num">{formatInstant(new Date(attributes.timestamp).getTime())}</small>{" "}
                  {attributes.message}
                </li>
              ))}
            </ul>
          )
        }
      </Async>
    </Panel>
  );
}
