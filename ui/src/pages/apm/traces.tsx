/** Traces that a search finds, newest first. */

import { useState } from "react";
import { Link, useLocation } from "wouter";
import { formatMoment } from "~/core/time";
import { formatDuration } from "~/core/units";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlState } from "~/shell/url";
import { Async, Button, type Column, DataTable, Empty, SearchInput, Status, Toolbar } from "~/ui";
import { type TraceRow, useTraces } from "./api";

const COLUMNS: Column<TraceRow>[] = [
  {
    key: "time",
    title: "When",
    width: "180px",
    sort: (row) => row.start,
    cell: (row) => (
      <Link className="num" href={`/apm/trace/${row.trace_id}`}>
        {formatMoment(row.start * 1000)}
      </Link>
    ),
  },
  {
    key: "status",
    title: "",
    width: "84px",
    cell: (row) => <Status state={row.error ? "alert" : "ok"}>{row.error ? "error" : "ok"}</Status>,
  },
  {
    key: "service",
    title: "Service",
    sort: (row) => row.service,
    cell: (row) => <span className="truncate">{row.service}</span>,
  },
  {
    key: "resource",
    title: "Resource",
    width: "minmax(220px, 3fr)",
    sort: (row) => row.resource,
    cell: (row) => <span className="truncate">{row.resource}</span>,
  },
  {
    key: "duration",
    title: "Duration",
    number: true,
    sort: (row) => row.duration,
    cell: (row) => formatDuration(row.duration / 1e9),
  },
  { key: "env", title: "Environment", width: "120px", cell: (row) => row.env },
];

export function TraceTable({ text }: { text: string }) {
  const { range } = useTimeRange();
  const [, navigate] = useLocation();
  const query = useTraces(text, range);
  return (
    <Async query={query} text={text}>
      {({ traces }) =>
        traces.length === 0 ? (
          <Empty title="No trace matches in this window" />
        ) : (
          <DataTable
            label="Traces"
            rows={traces}
            columns={COLUMNS}
            rowKey={(row) => `${row.trace_id} ${row.span_id}`}
            onRow={(row) => navigate(`/apm/trace/${row.trace_id}`)}
          />
        )
      }
    </Async>
  );
}

export default function Traces() {
  const [text, setText] = useUrlState("query");
  const [typed, setTyped] = useState(text);
  return (
    <Page title="Traces" time fill>
      <Toolbar>
        <form
          data-grow
          onSubmit={(event) => {
            event.preventDefault();
            setText(typed);
          }}
        >
          <SearchInput
            main
            value={typed}
            onChange={setTyped}
            placeholder="service:web status:error @duration:>100ms resource_name:GET*"
          />
        </form>
        <Button onClick={() => setText(typed)}>Search</Button>
      </Toolbar>
      <TraceTable text={text} />
    </Page>
  );
}
