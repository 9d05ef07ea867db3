/** One resource of a service: requests, errors and latency, how latency is distributed, what requests consist of. */

import { Link, useParams } from "wouter";
import { formatMoment } from "~/core/time";
import { formatDuration, writeNumber } from "~/core/units";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlParams } from "~/shell/url";
import { Async, Button, CodeBlock, type Column, DataTable, Empty, Panel, Status, Toolbar } from "~/ui";
import {
  type ExampleTrace,
  type Resource,
  type ResourceDetails,
  useResource,
  useService,
  type WithinSpan,
} from "./api";
import { Distribution } from "./distribution";
import { Charts } from "./serviceCharts";
import { ScopeFilters, searchOf, useScope, withScope } from "./serviceScope";
import { percent } from "./statColumns";
import css from "./trace.module.css";
import { TraceTable } from "./traceTable";

/** A title of more letters is cut; what it stands for is then written out, as of a query. */
const LONG = 50;

export default function ResourcePage() {
  const { name = "" } = useParams<{ name: string }>();
  const service = decodeURIComponent(name);
  const [params] = useUrlParams();
  const resource = params.get("resource") ?? "";
  const operation = params.get("operation") ?? "";
  const scope = useScope();
  const { range } = useTimeRange();
  const page = useService(service, scope, resource, range, operation);
  const details = useResource(service, resource, operation, scope, range);
  const row = page.data?.resources.find(
    (one) => one.resource === resource && (operation === "" || one.operation === operation),
  );
  const search = searchOf(service, scope, resource);
  const crumbs = [
    { label: "Services", href: "/apm/services" },
    { label: service, href: withScope(`/apm/services/${encodeURIComponent(service)}`, scope) },
  ];
  return (
    <Page
      title={resource || "Resource"}
      crumbs={crumbs}
      time
      actions={
        <Link href={`/apm/traces?spans=all&query=${encodeURIComponent(search)}`}>
          <Button icon="search">View in Trace Explorer</Button>
        </Link>
      }
    >
      <Toolbar>
        <ScopeFilters filters={page.data?.filters} />
      </Toolbar>
      {resource.length > LONG && <CodeBlock code={resource} wrap />}
      {row && (
        <dl className={css.numbers} aria-label="Summary">
          {summary(row).map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd className="num">{value}</dd>
            </div>
          ))}
        </dl>
      )}
      <div style={{ display: "grid", gap: "var(--s-4)" }}>
        <Async query={page}>
          {(found) =>
            found.summary === null ? (
              <Empty title={`${service} has no traces in the selected time range`} />
            ) : (
              <Charts
                page={found}
                range={range}
                scope={scope}
                resource={resource}
                operation={row?.operation}
              />
            )
          }
        </Async>
        <Async query={details}>{(found) => <Details details={found} />}</Async>
        <Panel title="Traces">
          <div style={{ height: 300 }}>
            <TraceTable text={search} spans="all" />
          </div>
        </Panel>
      </div>
    </Page>
  );
}

const summary = (row: Resource): [string, string][] => [
  ["Operation", row.operation],
  ["Requests", writeNumber(row.hits)],
  ["Requests/s", writeNumber(row.hits_per_second)],
  ["Errors", writeNumber(row.errors)],
  ["Error rate", percent(row.error_rate)],
  ["Avg", formatDuration(row.avg)],
  ["p50", formatDuration(row.p50)],
  ["p95", formatDuration(row.p95)],
  ["p99", formatDuration(row.p99)],
];

function Details({ details }: { details: ResourceDetails }) {
  return (
    <>
      <div className={css.relations}>
        <Panel title="Latency distribution" hint="All requests of the time range">
          <Distribution buckets={details.distribution} percentiles={details.percentiles} />
        </Panel>
        <Panel title="Example traces" hint="Stored requests nearest to each percentile of all">
          <div style={{ height: 36 + Math.max(2, details.examples.length) * 30 }}>
            <DataTable
              label="Example traces"
              rows={details.examples}
              columns={EXAMPLE_COLUMNS}
              rowKey={(row) => `${row.kind} ${row.span_id} ${row.trace_id}`}
              empty="No traces are stored for the selected time range"
            />
          </div>
        </Panel>
      </div>
      <Panel title={`Span summary ${details.spans.length}`} hint="What the newest 500 requests consist of">
        <div style={{ height: Math.min(420, 44 + Math.max(2, details.spans.length) * 30) }}>
          <DataTable
            label="Span summary"
            rows={details.spans}
            columns={SPAN_COLUMNS}
            rowKey={(row) => `${row.service} ${row.operation} ${row.resource}`}
            initialSort={{ key: "time", descending: true }}
            empty="No traces are stored for the selected time range"
          />
        </div>
      </Panel>
    </>
  );
}

const EXAMPLE_COLUMNS: Column<ExampleTrace>[] = [
  {
    key: "kind",
    title: "Example",
    width: "96px",
    cell: (row) => (row.kind === "error" ? <Status state="alert">Error</Status> : row.kind),
  },
  {
    key: "trace",
    title: "Trace",
    width: "minmax(150px, 2fr)",
    cell: (row) => (
      <Link className="num" href={`/apm/trace/${row.trace_id}?spanID=${row.span_id}`}>
        {formatMoment(row.start * 1000)}
      </Link>
    ),
  },
  { key: "duration", title: "Duration", number: true, cell: (row) => formatDuration(row.duration / 1e9) },
  {
    key: "error",
    title: "Error",
    width: "minmax(90px, 1fr)",
    cell: (row) => (
      <span className={`${css.errors} truncate`}>{row.error && `◆ ${row.error_type || "Failed"}`}</span>
    ),
  },
];

const SPAN_COLUMNS: Column<WithinSpan>[] = [
  {
    key: "service",
    title: "Service",
    width: "150px",
    sort: (row) => row.service,
    cell: (row) => (
      <Link className="truncate" href={`/apm/services/${encodeURIComponent(row.service)}`}>
        {row.service}
      </Link>
    ),
  },
  {
    key: "operation",
    title: "Operation",
    width: "150px",
    cell: (row) => <span className="muted truncate">{row.operation}</span>,
  },
  {
    key: "resource",
    title: "Resource",
    width: "minmax(200px, 3fr)",
    sort: (row) => row.resource,
    cell: (row) => <span className="truncate">{row.resource}</span>,
  },
  {
    key: "per",
    title: "Spans/request",
    number: true,
    sort: (row) => row.per_request,
    cell: (row) => <b>{writeNumber(row.per_request)}</b>,
  },
  {
    key: "share",
    title: "% of requests",
    number: true,
    sort: (row) => row.share_of_requests,
    cell: (row) => percent(row.share_of_requests),
  },
  {
    key: "avg",
    title: "Avg duration",
    number: true,
    sort: (row) => row.avg,
    cell: (row) => formatDuration(row.avg),
  },
  {
    key: "time",
    title: "% exec time",
    number: true,
    sort: (row) => row.share_of_time,
    cell: (row) => percent(row.share_of_time),
  },
];
