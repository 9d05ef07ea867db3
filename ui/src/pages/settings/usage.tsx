/** Usage: what is stored, by hour, and which services, teams, API keys, metrics, hosts or tags it comes from. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { api } from "~/api/client";
import type { components } from "~/api/schema";
import { counted } from "~/core/labels";
import { slotStyle } from "~/core/palette";
import { formatValue } from "~/core/units";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlState } from "~/shell/url";
import { Async, Button, type Column, DataTable, Empty, Input, Panel, Select, Toolbar, useFormer } from "~/ui";
import { download, toCsv } from "~/widgets/csv";
import { TimeseriesChart } from "~/widgets/timeseries/chart";
import { Quotas } from "./quotas";
import css from "./usage.module.css";

type Row = components["schemas"]["UsageRow"];

const TITLES: Record<string, string> = {
  points: "Points",
  series: "Series with points",
  logs: "Logs",
  log_bytes: "Size of log messages",
  spans: "Spans",
  events: "Events",
  hosts: "Hosts with an agent",
};

const BY = [
  { value: "service", label: "Service" },
  { value: "team", label: "Team" },
  { value: "key", label: "API key" },
  { value: "metric", label: "Metric" },
  { value: "host", label: "Host" },
  { value: "env", label: "Environment" },
  { value: "other", label: "Another tag" },
] as const;

const FIELDS = {
  points: "Points",
  series: "Series",
  logs: "Logs",
  log_bytes: "Size of log messages",
  spans: "Spans",
  bytes: "Size as sent",
  refused: "Refused requests",
} as const;
type Signal = keyof typeof FIELDS;

/** Signals that can be grouped as asked. */
function signalsOf(rows: readonly Row[]): Signal[] {
  return (Object.keys(FIELDS) as Signal[]).filter((field) => rows.some((row) => row[field] !== null));
}

const BYTES = [{ name: "byte" }] as const;
const isBytes = (signal: string) => signal.endsWith("bytes");

/** A number of things in full, or of bytes in a unit that people read. */
const amount = (signal: string, value: number) =>
  isBytes(signal) ? formatValue(value, BYTES) : value.toLocaleString("en-US");

const nameOf = (row: Row) => row.label || row.name || "(none)";

function columnsOf(by: string, signals: readonly Signal[]): Column<Row>[] {
  return [
    {
      key: "name",
      title: BY.find((one) => one.value === by)?.label ?? by,
      width: "minmax(220px, 3fr)",
      sort: nameOf,
      cell: (row) => (by === "metric" && row.name ? <MetricLink name={row.name} /> : nameOf(row)),
    },
    ...signals.map((field) => ({
      key: field,
      title: FIELDS[field],
      number: true,
      sort: (row: Row) => row[field] ?? 0,
      cell: (row: Row) => amount(field, row[field] ?? 0),
    })),
  ];
}

function MetricLink({ name }: { name: string }) {
  return <Link href={`/metric/cardinality?${new URLSearchParams({ metric: name })}`}>{name}</Link>;
}

function groupsCsv(by: string, rows: readonly Row[]): string {
  const signals = signalsOf(rows);
  return toCsv([
    [by, ...signals],
    ...rows.map((row) => [nameOf(row), ...signals.map((field) => row[field])]),
  ]);
}

function Groups({ from, to }: { from: number; to: number }) {
  const [by, setBy] = useUrlState("by", "service");
  const known = BY.some((one) => one.value === by);
  const [tag, setTag] = useState(known ? "" : by);
  const wanted = by === "other" ? "" : by;
  const groups = useQuery({
    queryKey: ["usage", "groups", from, to, wanted],
    queryFn: async ({ signal }) =>
      (await api.GET("/api/ui/usage/groups", { params: { query: { from, to, by: wanted } }, signal })).data!,
    placeholderData: keepPreviousData,
    enabled: wanted !== "",
  });
  const former = useFormer(groups, from, to, wanted);
  const apply = () => tag.trim() && setBy(tag.trim());
  const rows = groups.data?.rows ?? [];
  return (
    <>
      <Toolbar>
        <Select label="By" value={(known ? by : "other") as "service"} options={BY} onChange={setBy} />
        {(by === "other" || !known) && (
          <Input
            aria-label="Tag key"
            value={tag}
            placeholder="tag key"
            onChange={(event) => setTag(event.target.value)}
            onBlur={apply}
            onKeyDown={(event) => event.key === "Enter" && apply()}
          />
        )}
      </Toolbar>
      <Panel
        title="Usage by group"
        busy={groups.isFetching}
        actions={
          <Button
            icon="download"
            disabled={rows.length === 0 || groups.isPlaceholderData}
            onClick={() => download(`usage-by-${groups.data!.by}.csv`, groupsCsv(groups.data!.by, rows))}
          >
            CSV
          </Button>
        }
      >
        {wanted === "" ? (
          <Empty title="Which tag?">Enter a tag key, such as region.</Empty>
        ) : (
          <Async query={groups} former={former}>
            {(data) =>
              data.rows.length === 0 ? (
                <Empty title="Nothing in the selected time range" />
              ) : (
                <>
                  <DataTable
                    key={data.by}
                    label="Usage by group"
                    rows={data.rows}
                    columns={columnsOf(data.by, signalsOf(data.rows))}
                    rowKey={(row) => row.name}
                  />
                  {data.left_off > 0 && (
                    <p className="muted">{counted(data.left_off, "smaller group")} not shown.</p>
                  )}
                </>
              )
            }
          </Async>
        )}
      </Panel>
    </>
  );
}

export default function UsagePage() {
  const { range } = useTimeRange();
  const [from, to] = [
    Math.floor(range.from / 3_600_000) * 3_600_000,
    Math.ceil(range.to / 3_600_000) * 3_600_000,
  ];
  const usage = useQuery({
    queryKey: ["usage", from, to],
    queryFn: async ({ signal }) =>
      (await api.GET("/api/ui/usage", { params: { query: { from, to } }, signal })).data!,
    placeholderData: keepPreviousData,
  });
  return (
    <Page title="Usage" time>
      <Async query={usage}>
        {(data) => (
          <>
            <div className={css.charts}>
              {data.signals.map((one) => {
                const total = one.values.reduce((sum, value) => sum + value, 0);
                const level = one.signal === "series" || one.signal === "hosts";
                const shown = level ? Math.max(0, ...one.values) : total;
                return (
                  <Panel
                    key={one.signal}
                    title={TITLES[one.signal] ?? one.signal}
                    hint={`${amount(one.signal, shown)} ${level ? "at most" : "in all"}, by hour`}
                    style={{ height: 180 }}
                  >
                    <TimeseriesChart
                      legend="none"
                      spec={{
                        times: data.hours.map((hour) => hour / 1000),
                        series: [
                          {
                            key: one.signal,
                            label: TITLES[one.signal] ?? one.signal,
                            values: one.values,
                            kind: "bars",
                            color: slotStyle(0).color,
                            unit: isBytes(one.signal) ? BYTES : undefined,
                          },
                        ],
                        from: from / 1000,
                        to: to / 1000,
                      }}
                    />
                  </Panel>
                );
              })}
            </div>
            <Groups from={from} to={to} />
            <Quotas />
          </>
        )}
      </Async>
    </Page>
  );
}
