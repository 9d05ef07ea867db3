/** The span list: spans by service and resource. */

import { useMemo } from "react";
import { byResource, type ResourceTime } from "~/core/trace";
import { formatDuration, writeNumber } from "~/core/units";
import { type Column, DataTable, Status } from "~/ui";
import type { ViewProps } from "./traceData";

const COLUMNS: Column<ResourceTime>[] = [
  { key: "service", title: "Service", sort: (row) => row.service, cell: (row) => <b>{row.service}</b> },
  {
    key: "resource",
    title: "Resource",
    width: "minmax(180px, 3fr)",
    sort: (row) => row.resource,
    cell: (row) => <span className="truncate">{row.resource}</span>,
  },
  { key: "spans", title: "Spans", number: true, sort: (row) => row.spans, cell: (row) => row.spans },
  {
    key: "errors",
    title: "Errors",
    number: true,
    sort: (row) => row.errors,
    cell: (row) => (row.errors > 0 ? <Status state="alert">{row.errors}</Status> : 0),
  },
  {
    key: "average",
    title: "Avg duration",
    number: true,
    sort: (row) => row.average,
    cell: (row) => formatDuration(row.average / 1e9),
  },
  {
    key: "own",
    title: "Exec time",
    number: true,
    sort: (row) => row.own,
    cell: (row) => formatDuration(row.own / 1e9),
  },
  {
    key: "share",
    title: "% exec time",
    number: true,
    sort: (row) => row.share,
    cell: (row) => `${writeNumber(row.share * 100)}\u2009%`,
  },
];

export function SpanList({ boxes, selected, onSelect, matching }: ViewProps) {
  const rows = useMemo(
    () => byResource(matching ? boxes.filter((box) => matching.has(box.span.id)) : boxes),
    [boxes, matching],
  );
  const chosen = rows.find((row) => row.first.span.id === selected);
  return (
    <DataTable
      label="Spans by resource"
      rows={rows}
      columns={COLUMNS}
      rowKey={(row) => `${row.service} ${row.resource}`}
      selected={chosen ? `${chosen.service} ${chosen.resource}` : null}
      onRow={(row) => onSelect(row.first.span.id)}
      initialSort={{ key: "own", descending: true }}
      empty="No spans match your search"
    />
  );
}
