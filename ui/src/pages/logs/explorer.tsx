/** Logs: search, how many over time by status, the lines, one line whole. */

import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { request } from "~/api/client";
import type { ChartSpec } from "~/core/chart/model";
import { formatInstant, formatWhole, type TimeRange } from "~/core/time";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlState } from "~/shell/url";
import {
  Async,
  Button,
  CodeBlock,
  type Column,
  DataTable,
  Drawer,
  Empty,
  Panel,
  Properties,
  SearchInput,
  TagList,
  Toolbar,
} from "~/ui";
import { TimeseriesChart } from "~/widgets/timeseries/chart";
import { traceOf } from "./trace";

interface Log {
  id: string;
  attributes: {
    timestamp: string;
    message: string;
    host?: string;
    service?: string;
    status: string;
    tags: string[];
    attributes: Record<string, unknown>;
  };
}

interface Answer {
  data: Log[];
  meta?: { page?: { after?: string } };
}

interface Buckets {
  data: { buckets: { by: Record<string, string>; computes: { c0: { time: string; value: number }[] } }[] };
}

const filterOf = (text: string, range: TimeRange) => ({
  query: text || "*",
  from: new Date(range.from).toISOString(),
  to: new Date(range.to).toISOString(),
});

function useLogs(text: string, range: TimeRange) {
  return useInfiniteQuery({
    queryKey: ["logs", text, range.from, range.to],
    initialPageParam: "",
    placeholderData: keepPreviousData,
    retry: false,
    getNextPageParam: (last: Answer) => last.meta?.page?.after,
    queryFn: ({ pageParam, signal }) =>
      request<Answer>("POST", "/api/v2/logs/events/search", {
        body: {
          filter: filterOf(text, range),
          sort: "-timestamp",
          page: { limit: 200, ...(pageParam && { cursor: pageParam }) },
        },
        signal,
      }),
  });
}

export default function LogExplorer() {
  const [text, setText] = useUrlState("query");
  const [typed, setTyped] = useState(text);
  const { range } = useTimeRange();
  const query = useLogs(text, range);
  const [open, setOpen] = useState<Log>();
  const rows = query.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Page title="Logs" time fill>
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
            placeholder="service:web status:error @http.status_code:>=500 “words”"
          />
        </form>
        <Button onClick={() => setText(typed)}>Search</Button>
      </Toolbar>
      <Volume text={text} range={range} />
      <Async query={{ ...query, data: query.data && rows }} text={text}>
        {() =>
          rows.length === 0 ? (
            <Empty title="No log matches in this window">
              Logs come from files that the agent follows (<code>logs:</code> in conf.d), or from any client
              by HTTP.
            </Empty>
          ) : (
            <DataTable
              label="Logs"
              rows={rows}
              columns={COLUMNS}
              rowKey={(log) => log.id}
              rowHeight={22}
              onRow={setOpen}
              selected={open?.id}
            />
          )
        }
      </Async>
      {query.hasNextPage && (
        <Button size="small" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          Load older
        </Button>
      )}
      {open && <Details log={open} onClose={() => setOpen(undefined)} />}
    </Page>
  );
}

const EDGE: Record<string, string> = {
  emergency: "--alert",
  alert: "--alert",
  critical: "--alert",
  error: "--alert",
  warn: "--warn-fill",
  notice: "--info",
  info: "--info",
  debug: "--nodata",
  ok: "--ok",
};

const COLUMNS: Column<Log>[] = [
  {
    key: "status",
    title: "",
    width: "84px",
    cell: (log) => (
      <span
        style={{ borderLeft: `3px solid var(${EDGE[log.attributes.status] ?? "--info"})`, paddingLeft: 6 }}
      >
        {log.attributes.status}
      </span>
    ),
  },
  {
    key: "time",
    title: "Time",
    width: "170px",
    cell: (log) => <span className="num">{formatInstant(new Date(log.attributes.timestamp).getTime())}</span>,
  },
  {
    key: "host",
    title: "Host",
    width: "120px",
    cell: (log) => <span className="truncate">{log.attributes.host}</span>,
  },
  {
    key: "service",
    title: "Service",
    width: "120px",
    cell: (log) => <span className="truncate">{log.attributes.service}</span>,
  },
  {
    key: "message",
    title: "Message",
    width: "minmax(300px, 1fr)",
    cell: (log) => <span className="truncate mono">{plain(log.attributes.message)}</span>,
  },
];

/** Status, error first, so that errors stand at the bottom of the stack where they are seen. */
const ORDER = ["emergency", "alert", "critical", "error", "warn", "notice", "info", "debug", "ok"];

function Volume({ text, range }: { text: string; range: TimeRange }) {
  const step = Math.max(1, Math.ceil((range.to - range.from) / 60_000));
  const query = useQuery({
    queryKey: ["log-volume", text, range.from, range.to],
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) =>
      request<Buckets>("POST", "/api/v2/logs/analytics/aggregate", {
        body: {
          filter: filterOf(text, range),
          compute: [{ aggregation: "count", type: "timeseries", interval: `${step}s` }],
          group_by: [{ facet: "status", limit: 10 }],
        },
        signal,
      }),
  });
  if (!query.data || query.error) return null;
  return (
    <Panel busy={query.isFetching}>
      <TimeseriesChart spec={volume(query.data, range)} height={96} legend="none" />
    </Panel>
  );
}

function volume(answer: Buckets, range: TimeRange): ChartSpec {
  const buckets = answer.data.buckets.toSorted(
    (a, b) => ORDER.indexOf(a.by.status!) - ORDER.indexOf(b.by.status!),
  );
  const times = [
    ...new Set(buckets.flatMap((bucket) => bucket.computes.c0.map((point) => Date.parse(point.time) / 1000))),
  ].sort((a, b) => a - b);
  const series = buckets.map((bucket) => {
    const values = new Map(bucket.computes.c0.map((point) => [Date.parse(point.time) / 1000, point.value]));
    const status = bucket.by.status ?? "info";
    return {
      key: status,
      label: status,
      kind: "bars" as const,
      color: EDGE[status] ?? "--info",
      values: times.map((time) => values.get(time) ?? null),
    };
  });
  return { times, series, from: range.from / 1000, to: range.to / 1000 };
}

function Details({ log, onClose }: { log: Log; onClose: () => void }) {
  const { attributes } = log;
  const trace = traceOf(attributes);
  const fields = Object.keys(attributes.attributes).length > 0;
  return (
    <Drawer title={attributes.service || "Log"} open onClose={onClose}>
      <div style={{ display: "grid", gap: "var(--s-5)", gridTemplateColumns: "minmax(0, 1fr)" }}>
        <CodeBlock wrap code={plain(attributes.message)} copy={attributes.message} />
        <Properties
          items={[
            ["Time", formatWhole(new Date(attributes.timestamp).getTime())],
            ["Status", attributes.status],
            ["Host", attributes.host ?? ""],
            ["Service", attributes.service ?? ""],
            [
              "Trace",
              trace ? (
                <Link key="trace" href={`/apm/trace/${trace}`}>
                  {trace}
                </Link>
              ) : (
                "none: it was written outside of any trace"
              ),
            ],
          ]}
        />
        <TagList tags={attributes.tags} />
        {fields && <CodeBlock code={JSON.stringify(attributes.attributes, null, 2)} />}
      </div>
    </Drawer>
  );
}

const ESCAPE = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");

/** Without the colors that programs write for terminals. */
function plain(message: string): string {
  return message.replace(ESCAPE, "");
}
