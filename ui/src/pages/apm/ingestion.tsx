/** What is ingested of each service: traffic, spans, bytes, who sampled, what was dropped and by whom. */

import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link } from "wouter";
import { request } from "~/api/client";
import { useMetrics } from "~/api/metrics";
import { type Dropped, droppedBy } from "~/core/droppedSpans";
import { formatValue, writeNumber } from "~/core/units";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlState } from "~/shell/url";
import {
  Async,
  Button,
  type Column,
  DataTable,
  Empty,
  Panel,
  SearchInput,
  Select,
  Status,
  Toolbar,
} from "~/ui";
import { TimeseriesView } from "~/widgets/timeseries/view";
import { useServices } from "./api";
import { useDropped } from "./dropped";
import { ServiceGraphMenu } from "./serviceCharts";
import { envOptions } from "./services";
import { percent } from "./statColumns";
import css from "./trace.module.css";
import { type TracerConfiguration, TracerDialog, useTracerConfigurations } from "./tracerDialog";

interface Ingested {
  service: string;
  requests: number;
  stored_requests: number;
  traces: number;
  spans: number;
  bytes: number;
  mechanisms: Record<string, number>;
}

export default function Ingestion() {
  const [env, setEnv] = useUrlState("env");
  const [search, setSearch] = useUrlState("search");
  const { range } = useTimeRange();
  const [configuring, setConfiguring] = useState<string | null>(null);
  const envs = envOptions(useServices("", range).data?.envs, env);
  const query = useQuery({
    queryKey: ["ingestion", env, range.from, range.to],
    retry: false,
    queryFn: ({ signal }) =>
      request<{ seconds: number; services: Ingested[] }>("GET", "/api/ui/apm/ingestion", {
        query: { env, start: new Date(range.from).toISOString(), end: new Date(range.to).toISOString() },
        signal,
      }),
  });
  const dropped = useDropped(env, range);
  const configurations = useTracerConfigurations();
  return (
    <Page title="Ingestion" time>
      <p className={css.explain}>
        Requests, errors and latencies are counted before anything is sampled; this page shows which of the
        spans are stored, and who left out the rest: tracers, agents, or retention filters.
      </p>
      <Toolbar>
        <SearchInput main value={search} onChange={setSearch} placeholder="Search services" />
        <Select label="Env" value={env} options={envs} onChange={setEnv} />
        <Link href="/apm/traces/retention-filters">
          <Button icon="filter">Retention filters</Button>
        </Link>
      </Toolbar>
      <div className={css.sections}>
        <div className={css.charts}>
          {GRAPHS.map((graph) => (
            <Graph key={graph.title} title={graph.title} text={graph.text(env)} />
          ))}
        </div>
        <Async query={query}>
          {({ seconds, services }) => {
            const rows = services.filter((one) => one.service.includes(search.toLowerCase()));
            return services.length === 0 ? (
              <Empty title="No traces in the selected time range" />
            ) : (
              <Panel title={`Services ${rows.length}`}>
                <div style={{ height: Math.min(620, 44 + rows.length * 30) }}>
                  <DataTable
                    label="Ingestion"
                    rows={rows}
                    columns={columns(
                      seconds,
                      dropped,
                      configurations.data?.configurations ?? [],
                      setConfiguring,
                    )}
                    rowKey={(row) => row.service}
                    initialSort={{ key: "bytes", descending: true }}
                    empty="No services match"
                  />
                </div>
              </Panel>
            );
          }}
        </Async>
      </div>
      {configuring && <TracerDialog service={configuring} env={env} onClose={() => setConfiguring(null)} />}
    </Page>
  );
}

const within = (env: string) => (env ? `{env:${env}}` : "{*}");

const GRAPHS = [
  {
    title: "Spans received by agents",
    text: (env: string) =>
      `sum:datadog.trace_agent.receiver.spans_received${within(env)} by {service}.as_count()`,
  },
  {
    title: "Traces kept, by sampler",
    text: (env: string) => `sum:datadog.trace_agent.sampler.kept${within(env)} by {sampler}.as_count()`,
  },
  {
    title: "Traces dropped by agents, by reason",
    text: (env: string) =>
      `sum:datadog.trace_agent.sampler.traces_dropped${within(env)} by {reason}.as_count()`,
  },
];

function Graph({ title, text }: { title: string; text: string }) {
  const { range } = useTimeRange();
  const query = useMetrics({ queries: [{ name: "q", query: text }] }, range);
  const definition = useMemo(
    () => ({ type: "timeseries", title, requests: [{ q: text, display_type: "bars" as const }] }),
    [title, text],
  );
  return (
    <Panel
      title={title}
      busy={query.isFetching}
      actions={<ServiceGraphMenu definition={definition} range={range} />}
      style={{ height: 190 }}
    >
      <TimeseriesView query={query} text={text} kind="bars" />
    </Panel>
  );
}

function columns(
  seconds: number,
  dropped: Dropped,
  configurations: readonly TracerConfiguration[],
  configure: (service: string) => void,
): Column<Ingested>[] {
  return [
    {
      key: "service",
      title: "Service",
      width: "minmax(140px, 2fr)",
      sort: (row) => row.service,
      cell: (row) => (
        <Link className="truncate" href={`/apm/services/${encodeURIComponent(row.service)}`}>
          {row.service}
        </Link>
      ),
    },
    {
      key: "traffic",
      title: "Requests/s",
      number: true,
      sort: (row) => row.requests,
      cell: (row) => writeNumber(row.requests / seconds),
    },
    {
      key: "stored",
      title: "Stored",
      number: true,
      sort: (row) => (row.requests ? row.stored_requests / row.requests : 0),
      cell: (row) =>
        row.requests ? (
          <span title={`${row.stored_requests} of ${row.requests} requests are stored as spans`}>
            {percent(Math.min(1, row.stored_requests / row.requests))}
          </span>
        ) : (
          "–"
        ),
    },
    {
      key: "spans",
      title: "Spans/s",
      number: true,
      sort: (row) => row.spans,
      cell: (row) => writeNumber(row.spans / seconds),
    },
    {
      key: "bytes",
      title: "Bytes/s",
      number: true,
      sort: (row) => row.bytes,
      cell: (row) => formatValue(row.bytes / seconds, [{ name: "byte" }, { name: "second" }] as never),
    },
    {
      key: "sampled",
      title: "Kept by",
      width: "minmax(130px, 1fr)",
      cell: (row) => {
        const found = Object.entries(row.mechanisms).sort((a, b) => b[1] - a[1]);
        const total = found.reduce((sum, [, count]) => sum + count, 0);
        const text = found.map(([name, count]) => `${name} ${percent(count / total)}`).join(", ");
        return (
          <span className="truncate" title={text}>
            {text}
          </span>
        );
      },
    },
    {
      key: "dropped",
      title: "Spans dropped",
      width: "minmax(180px, 2fr)",
      sort: (row) => droppedBy(dropped, row.service).reduce((sum, one) => sum + one.count, 0),
      cell: (row) => {
        const text = droppedBy(dropped, row.service)
          .map(({ by, count }) => `${by} ${writeNumber(count)}`)
          .join(", ");
        return (
          <span className="truncate" title={text}>
            {text || <span className="muted">none</span>}
          </span>
        );
      },
    },
    {
      key: "configuration",
      title: "Tracer",
      width: "190px",
      cell: (row) => (
        <>
          <State found={configurations.filter((one) => [row.service, "*"].includes(one.service))} />{" "}
          <Button size="small" onClick={() => configure(row.service)}>
            Configure
          </Button>
        </>
      ),
    },
  ];
}

/** Whether tracers of a service have what they are configured to. */
function State({ found }: { found: readonly TracerConfiguration[] }) {
  if (found.length === 0) return null;
  const states = found.flatMap((one) => one.tracers);
  const failed = states.find((one) => one.state === "error");
  if (failed) {
    return (
      <span title={failed.error}>
        <Status state="alert">Error</Status>
      </span>
    );
  }
  return states.some((one) => one.state === "acknowledged") ? (
    <Status state="ok">Applied</Status>
  ) : (
    <Status state="nodata">Pending</Status>
  );
}
