/** What surrounds a service: what takes its time, who calls it and what it calls. */

import { Link } from "wouter";
import { formatDuration, writeNumber } from "~/core/units";
import { useTimeRange } from "~/shell/timeRange";
import { Async, type Column, DataTable, Panel, Status } from "~/ui";
import { type Call, type Dependencies, useDependencies } from "./api";
import { useScope, withScope } from "./serviceScope";
import { percent } from "./statColumns";
import css from "./trace.module.css";

const ROW = 30;
const MOST_ROWS = 8;
const heightOf = (rows: number) => 36 + Math.min(MOST_ROWS, Math.max(1.5, rows)) * ROW;

export function Relations({ service }: { service: string }) {
  const { range } = useTimeRange();
  const query = useDependencies(service, useScope(), range);
  return (
    <div className={css.relations}>
      <Async query={query}>
        {(found) => (
          <>
            <TimeSpent time={found.time} />
            <Calls title="Downstream" calls={found.downstream} nameOf={(call) => call.to} />
            <Calls title="Upstream" calls={found.upstream} nameOf={(call) => call.from} />
          </>
        )}
      </Async>
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
}

function Calls({ title, calls, nameOf }: CallsProps) {
  const scope = { ...useScope(), version: "" };
  const columns: Column<Call>[] = [
    {
      key: "name",
      title: title === "Upstream" ? "Caller" : "Called",
      width: "minmax(120px, 2fr)",
      cell: (call) =>
        call.kind === "service" ? (
          <Link
            className="truncate"
            href={withScope(`/apm/services/${encodeURIComponent(nameOf(call))}`, scope)}
          >
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
