/** One service: its requests, errors and latency over time, its resources, versions, hosts, monitors, issues and logs. */

import { useMemo } from "react";
import { Link, useLocation, useParams } from "wouter";
import { timeAsked } from "~/core/time";
import { formatDuration, writeNumber } from "~/core/units";
import { latencyMonitor } from "~/pages/monitors/latency";
import { MuteScope } from "~/pages/monitors/muteScope";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlState } from "~/shell/url";
import { Async, Button, type Column, DataTable, Empty, Panel, Tabs, Toolbar, useFormer } from "~/ui";
import { type Resource, type ServicePage, useDeployments, useService } from "./api";
import { Deployments } from "./deployments";
import { Charts } from "./serviceCharts";
import { ServiceHosts } from "./serviceHosts";
import { ServiceIssues } from "./serviceIssues";
import { ServiceLogs } from "./serviceLogs";
import { ServiceAlerts } from "./serviceMonitors";
import { Relations } from "./serviceRelations";
import { metricTags, ScopeFilters, searchOf, useScope, withScope } from "./serviceScope";
import { ServiceStrip } from "./serviceStrip";
import { errorsColumn, latencyColumns } from "./statColumns";
import css from "./trace.module.css";
import { TraceTable } from "./traceTable";

const CRUMBS = [{ label: "Services", href: "/apm/services" }];
/** Marks of deployments in one graph. */
const MOST_MARKS = 20;

export default function Service() {
  const { name = "" } = useParams<{ name: string }>();
  const service = decodeURIComponent(name);
  const scope = useScope();
  const { range } = useTimeRange();
  const query = useService(service, scope, "", range);
  const former = useFormer(query, scope, timeAsked(range));
  const versions = useDeployments(service, scope, "", "", range).data?.versions;
  // The oldest was there before, as far as the time range tells.
  const deployments = useMemo(() => versions?.slice(0, -1).slice(0, MOST_MARKS), [versions]);
  return (
    <Page
      title={service}
      crumbs={CRUMBS}
      time
      actions={
        <Roads service={service} operation={query.data?.summary?.operation} p95={query.data?.summary?.p95} />
      }
    >
      <Toolbar>
        <ScopeFilters filters={query.data?.filters} />
      </Toolbar>
      <Async query={query} former={former}>
        {(page) =>
          page.summary === null ? (
            <Empty title={`${service} has no traces in the selected time range`} />
          ) : (
            <div className={css.sections}>
              <ServiceStrip service={service} />
              <Charts page={page} range={range} scope={scope} resource="" deployments={deployments} />
              <Parts page={page} />
            </div>
          )
        }
      </Async>
    </Page>
  );
}

function Roads({ service, operation, p95 }: { service: string; operation?: string; p95?: number }) {
  const scope = useScope();
  const tags = metricTags(service, scope);
  return (
    <>
      {operation && (
        <Link href={latencyMonitor(service, operation, tags, p95)}>
          <Button icon="bell" needs="monitors_write">
            Monitor latency
          </Button>
        </Link>
      )}
      <MuteScope name={service} scope={tags} />
      <Link
        href={`/apm/map?${new URLSearchParams({ service, ...(scope.env && { env: scope.env }) }).toString()}`}
      >
        <Button icon="apm">Service Map</Button>
      </Link>
      <Link href={`/apm/traces?query=${encodeURIComponent(searchOf(service, scope))}`}>
        <Button icon="search">View in Trace Explorer</Button>
      </Link>
    </>
  );
}

/** The lower half of the page; which part is open is in the address. */
function Parts({ page }: { page: ServicePage }) {
  const [tab, setTab] = useUrlState("tab", "overview");
  const scope = useScope();
  const { service } = page;
  return (
    <Tabs
      value={tab}
      onChange={setTab}
      items={[
        { value: "overview", label: "Overview", content: <Overview page={page} /> },
        { value: "deployments", label: "Deployments", content: <Deployments page={page} /> },
        { value: "errors", label: "Error issues", content: <ServiceIssues service={service} /> },
        { value: "alerts", label: "Monitors and SLOs", content: <ServiceAlerts service={service} /> },
        { value: "hosts", label: "Hosts", content: <ServiceHosts service={service} /> },
        { value: "logs", label: "Logs", content: <ServiceLogs service={service} /> },
        {
          value: "traces",
          label: "Traces",
          content: (
            <Panel>
              <div style={{ height: 480 }}>
                <TraceTable text={searchOf(service, scope)} />
              </div>
            </Panel>
          ),
        },
      ]}
    />
  );
}

function Overview({ page }: { page: ServicePage }) {
  const scope = useScope();
  const [, navigate] = useLocation();
  const { service, resources } = page;
  return (
    <div className={css.sections}>
      <Panel title={`Resources ${resources.length}`}>
        <div style={{ height: Math.min(420, 44 + resources.length * 30) }}>
          <DataTable
            label="Resources"
            rows={resources}
            columns={RESOURCE_COLUMNS}
            rowKey={(row) => `${row.operation} ${row.resource}`}
            onRow={(row) => navigate(resourceAddress(service, row, scope))}
            initialSort={{ key: "total", descending: true }}
          />
        </div>
      </Panel>
      <Relations service={service} />
    </div>
  );
}

function resourceAddress(
  service: string,
  { resource, operation }: Resource,
  scope: ReturnType<typeof useScope>,
): string {
  return withScope(`/apm/services/${encodeURIComponent(service)}/resource`, scope, { resource, operation });
}

const RESOURCE_COLUMNS: Column<Resource>[] = [
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
  errorsColumn(),
  ...latencyColumns("p50", "p95", "p99"),
  {
    key: "total",
    title: "Total time",
    number: true,
    sort: (row) => row.total_time,
    cell: (row) => formatDuration(row.total_time),
  },
];
