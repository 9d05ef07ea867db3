/** The hosts that a service runs on, with its requests, errors and latency there. */

import { Link } from "wouter";
import { formatAgo } from "~/core/time";
import { formatDuration, writeNumber } from "~/core/units";
import { useTimeRange } from "~/shell/timeRange";
import { Async, Button, type Column, DataTable, Panel, Status } from "~/ui";
import { type ServiceHost, useServiceHosts } from "./api";
import { useScope, withScope } from "./serviceScope";
import { percent } from "./services";

export function ServiceHosts({ service }: { service: string }) {
  const { range } = useTimeRange();
  const scope = useScope();
  const query = useServiceHosts(service, scope, range);
  const columns: Column<ServiceHost>[] = [
    {
      key: "host",
      title: "Host",
      width: "minmax(160px, 2fr)",
      sort: (row) => row.host,
      cell: (row) =>
        row.host ? (
          <Link className="truncate" href={`/infrastructure?host=${encodeURIComponent(row.host)}`}>
            {row.host}
          </Link>
        ) : (
          <span className="muted">No host reported</span>
        ),
    },
    {
      key: "versions",
      title: "Versions",
      width: "minmax(110px, 1fr)",
      cell: (row) => <span className="truncate">{row.versions.join(", ")}</span>,
    },
    {
      key: "hits",
      title: "Requests/s",
      number: true,
      sort: (row) => row.hits_per_second,
      cell: (row) => writeNumber(row.hits_per_second),
    },
    {
      key: "errors",
      title: "Errors",
      number: true,
      sort: (row) => row.error_rate,
      cell: (row) => (row.errors > 0 ? <Status state="alert">{percent(row.error_rate)}</Status> : percent(0)),
    },
    {
      key: "p95",
      title: "p95",
      number: true,
      sort: (row) => row.p95,
      cell: (row) => formatDuration(row.p95),
    },
    {
      key: "seen",
      title: "Last seen",
      width: "110px",
      cell: (row) => formatAgo(row.last_seen * 1000, range.to),
    },
    {
      key: "filter",
      title: "",
      width: "120px",
      cell: (row) =>
        row.host && (
          <Link
            href={withScope(`/apm/services/${encodeURIComponent(service)}`, {
              ...scope,
              tag: `host:${row.host}`,
            })}
          >
            <Button size="small">Only this host</Button>
          </Link>
        ),
    },
  ];
  return (
    <Async query={query}>
      {({ hosts }) => (
        <Panel title={`Hosts ${hosts.length}`}>
          <div style={{ height: 40 + Math.min(14, Math.max(2, hosts.length)) * 30 }}>
            <DataTable
              label="Hosts"
              rows={hosts}
              columns={columns}
              rowKey={(row) => row.host}
              empty="No hosts in the selected time range"
            />
          </div>
        </Panel>
      )}
    </Async>
  );
}
