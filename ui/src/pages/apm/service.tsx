/** One service: its requests, errors and latency over time, and its resources. */

import { useMemo } from "react";
import { Link, useParams } from "wouter";
import type { ChartSeries, ChartSpec } from "~/core/chart/model";
import type { TimeRange } from "~/core/time";
import { formatDuration, writeNumber } from "~/core/units";
import { MuteScope } from "~/pages/monitors/muteScope";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlState } from "~/shell/url";
import { Async, Button, type Column, DataTable, Empty, Panel, Select, Status, Toolbar } from "~/ui";
import { GraphMenu } from "~/widgets/graphMenu";
import { TimeseriesChart } from "~/widgets/timeseries/chart";
import type { WidgetDefinition } from "~/widgets/types";
import { type Resource, type ServicePage, useService, useServices } from "./api";
import { Relations } from "./serviceRelations";
import { envOptions, percent } from "./services";
import css from "./trace.module.css";
import { TraceTable } from "./traceTable";

const CRUMBS = [{ label: "Services", href: "/apm/services" }];

export default function Service() {
  const { name = "" } = useParams<{ name: string }>();
  const service = decodeURIComponent(name);
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
        <Link
          href={`/monitors/create?${new URLSearchParams({
            type: "query alert",
            query: `percentile(last_5m):p95:trace.${operation}{${scope}} > `,
            name: `p95 latency of ${service} is high`,
          })}`}
        >
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
                    onRow={(row) => setResource(row.resource)}
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

type Line = Pick<ChartSeries, "label" | "color" | "kind"> & {
  values: number[] | undefined;
  unit?: ChartSeries["unit"];
};

interface ChartsProps {
  page: ServicePage;
  range: TimeRange;
  env: string;
  resource: string;
}

/** The metrics of which a graph is made, so that monitors and dashboards can be made of it. */
function definitionOf(title: string, { page, env, resource }: ChartsProps): WidgetDefinition {
  const metric = `trace.${page.summary?.operation ?? "*"}`;
  const tags = [
    `service:${page.service}`,
    env && `env:${env}`,
    resource && `resource_name:${tagValue(resource)}`,
  ];
  const filter = `{${tags.filter(Boolean).join(",")}}`;
  const queries: Record<string, string[]> = {
    Requests: [`sum:${metric}.hits${filter}.as_count()`],
    Errors: [`sum:${metric}.errors${filter}.as_count()`],
    Latency: ["p50", "p95", "p99"].map((one) => `${one}:${metric}${filter}`),
  };
  const kind = title === "Latency" ? "line" : "bars";
  const requests = (queries[title] ?? []).map((q) => ({ q, display_type: kind }));
  return { type: "timeseries", title: `${title} of ${page.service}`, requests };
}

/** As tags of metrics are written. */
const tagValue = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\-:./]+/gu, "_")
    .replace(/^_+|_+$/g, "");

function Charts(props: ChartsProps) {
  const { page, range } = props;
  const { timeline } = page;
  const specs = useMemo(() => {
    const chart = (lines: Line[]): ChartSpec => ({
      times: timeline.times ?? [],
      from: range.from / 1000,
      to: range.to / 1000,
      series: lines.map((line) => ({ ...line, key: line.label, values: line.values ?? [] })),
    });
    const seconds = [{ name: "second" }] as const;
    const latency = (label: "p50" | "p95" | "p99", color: string): Line => ({
      label,
      color,
      kind: "line",
      values: timeline[label],
      unit: seconds,
    });
    return [
      ["Requests", chart([{ label: "requests", color: "--c1", kind: "bars", values: timeline.hits }])],
      ["Errors", chart([{ label: "errors", color: "--alert", kind: "bars", values: timeline.errors }])],
      ["Latency", chart([latency("p50", "--c1"), latency("p95", "--c2"), latency("p99", "--c4")])],
    ] as const;
  }, [timeline, range]);
  return (
    <div className={css.charts}>
      {specs.map(([title, spec]) => (
        <Panel
          key={title}
          title={title}
          actions={<GraphMenu definition={definitionOf(title, props)} window={range} />}
        >
          <TimeseriesChart spec={spec} height={150} />
        </Panel>
      ))}
    </div>
  );
}
