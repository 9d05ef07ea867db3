/** One service: its requests, errors and latency over time, and its resources. */

import { Link, useLocation, useParams } from "wouter";
import { formatDuration, writeNumber } from "~/core/units";
import { latencyMonitor } from "~/pages/monitors/latency";
import { MuteScope } from "~/pages/monitors/muteScope";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlState } from "~/shell/url";
import { Async, Button, type Column, DataTable, Empty, Panel, Select, Status, Toolbar } from "~/ui";
import { type Resource, useService, useServices } from "./api";
import { Charts } from "./serviceCharts";
import { Relations } from "./serviceRelations";
import { envOptions, percent } from "./services";
import { TraceTable } from "./traceTable";

const CRUMBS = [{ label: "Services", href: "/apm/services" }];

export default function Service() {
  const { name = "" } = useParams<{ name: string }>();
  const service = decodeURIComponent(name);
  const [, navigate] = useLocation();
  const [resource, setResource] = useUrlState("resource");
  const { range } = useTimeRange();
  const [env, setEnv] = useUrlState("env");
  const query = useService(service, env, resource, range);
  const search = searchOf(service, env, resource);
  const envs = envOptions(useServices("", range).data?.envs, env);
  const operation = query.data?.summary?.operation;
  const scope = [`service:${service}`, env && `env:${env}`].filter(Boolean).join(",");
  const traces = (
    <>
      {operation && (
        <Link href={latencyMonitor(service, operation, scope, query.data?.summary?.p95)}>
          <Button icon="bell" needs="monitors_write">
            Monitor latency
          </Button>
        </Link>
      )}
      <MuteScope name={service} scope={scope} />
      <Link
        href={`/apm/map?service=${encodeURIComponent(service)}${env ? `&env=${encodeURIComponent(env)}` : ""}`}
      >
        <Button icon="apm">Service Map</Button>
      </Link>
      <Link href={`/apm/traces?query=${encodeURIComponent(search)}`}>
        <Button icon="search">View in Trace Explorer</Button>
      </Link>
    </>
  );
  return (
    <Page title={service} crumbs={CRUMBS} time actions={traces}>
      <Toolbar>
        <Select label="Env" value={env} options={envs} onChange={setEnv} />
        {resource && (
          <>
            <span>
              Resource <b>{resource}</b>
            </span>
            <Button size="small" icon="close" onClick={() => setResource("")}>
              All resources
            </Button>
          </>
        )}
      </Toolbar>
      <Async query={query}>
        {(page) =>
          page.summary === null ? (
            <Empty title={`${service} has no traces in the selected time range`} />
          ) : (
            <div style={{ display: "grid", gap: "var(--s-4)" }}>
              <Charts page={page} range={range} env={env} resource={resource} />
              <Relations service={service} env={env} />
              <Panel title={`Resources ${page.resources.length}`}>
                <div style={{ height: Math.min(420, 44 + page.resources.length * 30) }}>
                  <DataTable
                    label="Resources"
                    rows={page.resources}
                    columns={columns()}
                    rowKey={(row) => `${row.operation} ${row.resource}`}
                    onRow={(row) => navigate(resourceAddress(service, row, env))}
                    initialSort={{ key: "total", descending: true }}
                  />
                </div>
              </Panel>
              <Panel title="Recent traces">
                <div style={{ height: 300 }}>
                  <TraceTable text={search} />
                </div>
              </Panel>
            </div>
          )
        }
      </Async>
    </Page>
  );
}

const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

/** The search of the spans that the page is about. */
function searchOf(service: string, env: string, resource: string): string {
  const parts = [`service:${quoted(service)}`];
  if (env) parts.push(`env:${quoted(env)}`);
  if (resource) parts.push(`resource_name:${quoted(resource)}`);
  return parts.join(" ");
}

function resourceAddress(service: string, { resource, operation }: Resource, env: string): string {
  const query = new URLSearchParams({ resource, operation, ...(env && { env }) });
  return `/apm/services/${encodeURIComponent(service)}/resource?${query}`;
}

function columns(): Column<Resource>[] {
  return [
    {
      key: "resource",
      title: "Resource",
      width: "minmax(220px, 3fr)",
      sort: (row) => row.resource,
      cell: (row) => (
        <span className="truncate" title={row.operation}>
          {row.resource}
        </span>
      ),
    },
    {
      key: "operation",
      title: "Operation",
      width: "150px",
      cell: (row) => <span className="muted truncate">{row.operation}</span>,
    },
    {
      key: "hits",
      title: "Requests",
      number: true,
      sort: (row) => row.hits,
      cell: (row) => writeNumber(row.hits),
    },
    {
      key: "errors",
      title: "Errors",
      number: true,
      sort: (row) => row.error_rate,
      cell: (row) => (row.errors > 0 ? <Status state="alert">{percent(row.error_rate)}</Status> : percent(0)),
    },
    {
      key: "p50",
      title: "p50",
      number: true,
      sort: (row) => row.p50,
      cell: (row) => formatDuration(row.p50),
    },
    {
      key: "p95",
      title: "p95",
      number: true,
      sort: (row) => row.p95,
      cell: (row) => formatDuration(row.p95),
    },
    {
      key: "p99",
      title: "p99",
      number: true,
      sort: (row) => row.p99,
      cell: (row) => formatDuration(row.p99),
    },
    {
      key: "total",
      title: "Total time",
      number: true,
      sort: (row) => row.total_time,
      cell: (row) => formatDuration(row.total_time),
    },
  ];
}
