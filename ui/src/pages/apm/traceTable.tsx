/** A table of spans that a search finds, ordered by the server over the whole time range. */

import { useCallback, useMemo } from "react";
import { Link, useLocation } from "wouter";
import { counted } from "~/core/labels";
import { formatMoment, timeAsked } from "~/core/time";
import { formatDuration } from "~/core/units";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlState } from "~/shell/url";
import { Async, type Column, DataTable, Empty, Icon, Status, useFormer } from "~/ui";
import { type SpanKind, type SpanSort, type TraceRow, useTraces } from "./api";
import css from "./trace.module.css";

const addressOf = (row: TraceRow) => `/apm/trace/${row.trace_id}?spanID=${row.span_id}`;

interface SortProps {
  field: "start" | "duration";
  sort: SpanSort;
  onSort: (sort: SpanSort) => void;
  children: string;
}

/** A header that has the server sort: descending first, then ascending. */
function SortHeader({ field, sort, onSort, children }: SortProps) {
  const active = sort.endsWith(field);
  const next: SpanSort = sort === `-${field}` ? field : `-${field}`;
  return (
    <button type="button" className={css.sort} aria-pressed={active} onClick={() => onSort(next)}>
      {children}
      {active && <Icon name={sort.startsWith("-") ? "down" : "up"} size={12} />}
    </button>
  );
}

function columns(sort: SpanSort, onSort: (sort: SpanSort) => void): Column<TraceRow>[] {
  return [
    {
      key: "time",
      title: (
        <SortHeader field="start" sort={sort} onSort={onSort}>
          Date
        </SortHeader>
      ),
      width: "180px",
      cell: (row) => (
        <Link className="num" href={addressOf(row)}>
          {formatMoment(row.start * 1000)}
        </Link>
      ),
    },
    {
      key: "status",
      title: "Status",
      width: "84px",
      cell: (row) => <Status state={row.error ? "alert" : "ok"}>{row.error ? "Error" : "OK"}</Status>,
    },
    { key: "service", title: "Service", cell: (row) => <span className="truncate">{row.service}</span> },
    {
      key: "operation",
      title: "Operation",
      cell: (row) => <span className="truncate">{row.name}</span>,
    },
    {
      key: "resource",
      title: "Resource",
      width: "minmax(220px, 3fr)",
      cell: (row) => <span className="truncate">{row.resource}</span>,
    },
    {
      key: "duration",
      title: (
        <SortHeader field="duration" sort={sort} onSort={onSort}>
          Duration
        </SortHeader>
      ),
      number: true,
      cell: (row) => formatDuration(row.duration / 1e9),
    },
    { key: "code", title: "Status code", number: true, cell: (row) => row.http_status ?? "" },
    { key: "env", title: "Env", width: "110px", cell: (row) => row.env },
  ];
}

interface TableProps {
  text: string;
  spans?: SpanKind;
}

export function TraceTable({ text, spans = "entry" }: TableProps) {
  const { range } = useTimeRange();
  const [, navigate] = useLocation();
  const [given, setSort] = useUrlState("sort", "-start");
  const sort = (["start", "-start", "duration", "-duration"].includes(given) ? given : "-start") as SpanSort;
  const query = useTraces(text, range, spans, sort);
  const former = useFormer(query, text, timeAsked(range), spans, sort);
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = query;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, hasNextPage, isFetchingNextPage]);
  const shown = useMemo(() => columns(sort, setSort), [sort, setSort]);
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.traces) ?? [], [query.data]);
  return (
    <Async query={query} text={text} former={former}>
      {() =>
        rows.length === 0 ? (
          <Empty title="No spans match your search">
            Service entry spans are the first spans of each service; choose All spans to search within
            services.
          </Empty>
        ) : (
          <div className={css.list}>
            <DataTable
              label="Traces"
              rows={rows}
              columns={shown}
              rowKey={(row) => `${row.trace_id} ${row.span_id}`}
              onRow={(row) => navigate(addressOf(row))}
              onEnd={more}
            />
            <p className={css.note}>
              {counted(rows.length, "span")}
              {hasNextPage ? " loaded. Scroll for more." : ", all that match."}
            </p>
          </div>
        )
      }
    </Async>
  );
}
