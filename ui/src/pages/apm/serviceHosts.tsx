/** The hosts that a service runs on, with its requests, errors and latency there. */

import { Link } from "wouter";
import { formatAgo } from "~/core/time";
import { useTimeRange } from "~/shell/timeRange";
import { Async, Button, type Column, DataTable, Panel } from "~/ui";
import { type ServiceHost, useServiceHosts } from "./api";
import { useScope, withScope } from "./serviceScope";
import { errorsColumn, latencyColumns, rateColumn } from "./statColumns";

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
    rateColumn(),
    errorsColumn(),
    ...latencyColumns("p95"),
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
