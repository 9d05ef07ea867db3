/** What surrounds a service: what takes its time, who calls it and what it calls, its versions, its error issues. */

import { Link } from "wouter";
import { formatAgo } from "~/core/time";
import { formatDuration, writeNumber } from "~/core/units";
import { type Issue, useIssues } from "~/pages/errors/api";
import { useTimeRange } from "~/shell/timeRange";
import { Async, type Column, DataTable, Panel, Status } from "~/ui";
import { type Call, type Dependencies, useDependencies, type Version } from "./api";
import { percent } from "./services";
import css from "./trace.module.css";

const ROW = 30;
const MOST_ROWS = 8;
const heightOf = (rows: number) => 36 + Math.min(MOST_ROWS, Math.max(1.5, rows)) * ROW;

export function Relations({ service, env }: { service: string; env: string }) {
  const { range } = useTimeRange();
  const query = useDependencies(service, env, range);
  return (
    <div className={css.relations}>
      <Async query={query}>
        {(found) => (
          <>
            <TimeSpent time={found.time} />
            <Calls title="Downstream" calls={found.downstream} nameOf={(call) => call.to} env={env} />
            <Calls title="Upstream" calls={found.upstream} nameOf={(call) => call.from} env={env} />
            <Versions versions={found.versions} />
          </>
        )}
      </Async>
      <Issues service={service} env={env} />
    </div>
  );
}

/** Which services and kinds of work the time of this service's requests goes to. */
function TimeSpent({ time }: { time: Dependencies["time"] }) {
  return (
    <Panel title="Time spent by service">
      <ul className={css.shares}>
        {time.slice(0, MOST_ROWS).map((one) => (
          <li key={`${one.service} ${one.type}`}>
            <span className="truncate">
              {one.service} <span className="muted">{one.type}</span>
            </span>
            <i>
              <b style={{ width: `${one.share * 100}%` }} />
            </i>
            <span className="num">{percent(one.share)}</span>
          </li>
        ))}
        {time.length === 0 && <li className="muted">No traces in the selected time range</li>}
      </ul>
    </Panel>
  );
}

interface CallsProps {
  title: string;
  calls: Call[];
  nameOf: (call: Call) => string;
  env: string;
}

function Calls({ title, calls, nameOf, env }: CallsProps) {
  const suffix = env ? `?env=${encodeURIComponent(env)}` : "";
  const columns: Column<Call>[] = [
    {
      key: "name",
      title: title === "Upstream" ? "Caller" : "Called",
      width: "minmax(120px, 2fr)",
      cell: (call) =>
        call.kind === "service" ? (
          <Link className="truncate" href={`/apm/services/${encodeURIComponent(nameOf(call))}${suffix}`}>
            {nameOf(call)}
          </Link>
        ) : (
          <span className="truncate">
            {nameOf(call)} <span className="muted">{call.kind}</span>
          </span>
        ),
    },
    { key: "hits", title: "Calls", number: true, cell: (call) => writeNumber(call.hits) },
    {
      key: "errors",
      title: "Errors",
      width: "104px",
      number: true,
      cell: (call) =>
        call.errors > 0 ? <Status state="alert">{percent(call.errors / call.hits)}</Status> : percent(0),
    },
    { key: "avg", title: "Avg", number: true, cell: (call) => formatDuration(call.avg_duration) },
  ];
  return (
    <Panel title={`${title} ${calls.length}`}>
      <div style={{ height: heightOf(calls.length) }}>
        <DataTable
          label={title}
          rows={calls}
          columns={columns}
          rowKey={(call) => `${call.kind} ${nameOf(call)}`}
          empty="No calls in the selected time range"
        />
      </div>
    </Panel>
  );
}

function Versions({ versions }: { versions: Version[] }) {
  const { range } = useTimeRange();
  const columns: Column<Version>[] = [
    { key: "version", title: "Version", cell: (row) => <b>{row.version}</b> },
    {
      key: "first",
      title: "First seen",
      width: "100px",
      cell: (row) => formatAgo(row.first_seen * 1000, range.to),
    },
    { key: "rate", title: "Requests/s", number: true, cell: (row) => writeNumber(row.hits_per_second) },
    { key: "errors", title: "Errors", number: true, cell: (row) => percent(row.error_rate) },
    { key: "p95", title: "p95", number: true, cell: (row) => formatDuration(row.p95) },
    {
      key: "new",
      title: "New error types",
      width: "minmax(110px, 2fr)",
      cell: (row) =>
        row.new_errors.length > 0 ? (
          <span className={`${css.errors} truncate`} title={row.new_errors.join(", ")}>
            ◆ {row.new_errors.join(", ")}
          </span>
        ) : (
          ""
        ),
    },
  ];
  return (
    <Panel title={`Deployments ${versions.length}`}>
      <div style={{ height: heightOf(versions.length) }}>
        <DataTable
          label="Deployments"
          rows={versions}
          columns={columns}
          rowKey={(row) => row.version}
          empty="No versions: set DD_VERSION in the application"
        />
      </div>
    </Panel>
  );
}

function Issues({ service, env }: { service: string; env: string }) {
  const { range } = useTimeRange();
  const search = `service:"${service}"${env ? ` env:"${env}"` : ""}`;
  const query = useIssues(search, "OPEN,ACKNOWLEDGED", "TOTAL_COUNT", range);
  const columns: Column<Issue>[] = [
    {
      key: "issue",
      title: "Issue",
      width: "minmax(160px, 3fr)",
      cell: (row) => (
        <Link
          className="truncate"
          href={`/error-tracking?query=${encodeURIComponent(search)}&issue=${row.id}`}
        >
          {row.type || "Error"}: {row.message}
        </Link>
      ),
    },
    { key: "count", title: "Count", number: true, cell: (row) => writeNumber(row.count) },
    { key: "version", title: "First in", width: "90px", cell: (row) => row.first_version },
  ];
  return (
    <Panel title={`Error issues ${query.data?.length ?? ""}`}>
      <div style={{ height: heightOf(query.data?.length ?? 1) }}>
        <DataTable
          label="Error issues"
          rows={query.data ?? []}
          columns={columns}
          rowKey={(row) => row.id}
          empty="No issues in the selected time range"
        />
      </div>
    </Panel>
  );
}
