/** Usage: what is stored, by hour, and which metrics, services, hosts or tags it comes from. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "~/api/client";
import type { components } from "~/api/schema";
import { slotStyle } from "~/core/palette";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlState } from "~/shell/url";
import { Async, type Column, DataTable, Empty, Input, Panel, Select, Toolbar } from "~/ui";
import { TimeseriesChart } from "~/widgets/timeseries/chart";
import { Quotas, UsageByKey } from "./quotas";
import css from "./usage.module.css";

type Group = components["schemas"]["UsageGroup"];

const TITLES: Record<string, string> = {
  points: "Points",
  series: "Series with points",
  logs: "Logs",
  log_bytes: "Bytes of log messages",
  spans: "Spans",
  events: "Events",
  hosts: "Hosts with an agent",
};

const BY = [
  { value: "service", label: "Service" },
  { value: "metric", label: "Metric" },
  { value: "host", label: "Host" },
  { value: "team", label: "Team" },
  { value: "env", label: "Environment" },
  { value: "other", label: "Another tag" },
] as const;

const COLUMNS: Column<Group>[] = [
  {
    key: "name",
    title: "Name",
    width: "minmax(220px, 3fr)",
    sort: (row) => row.name,
    cell: (row) => row.name || "(none)",
  },
  {
    key: "signal",
    title: "Signal",
    sort: (row) => row.signal,
    cell: (row) => TITLES[row.signal] ?? row.signal,
  },
  {
    key: "count",
    title: "Count",
    number: true,
    sort: (row) => row.count,
    cell: (row) => row.count.toLocaleString(),
  },
];

export default function UsagePage() {
  const { range } = useTimeRange();
  const [by, setBy] = useUrlState("by", "service");
  const known = BY.some((one) => one.value === by);
  const [tag, setTag] = useState(known ? "" : by);
  const [from, to] = [
    Math.floor(range.from / 3_600_000) * 3_600_000,
    Math.ceil(range.to / 3_600_000) * 3_600_000,
  ];
  const wanted = by === "other" ? tag.trim() || "service" : by;
  const usage = useQuery({
    queryKey: ["usage", from, to, wanted],
    queryFn: async ({ signal }) =>
      (await api.GET("/api/ui/usage", { params: { query: { from, to, by: wanted } }, signal })).data!,
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
                    hint={`${shown.toLocaleString()} ${level ? "at most" : "in all"}, by hour`}
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
            <Toolbar>
              <Select label="By" value={(known ? by : "other") as "service"} options={BY} onChange={setBy} />
              {(by === "other" || !known) && (
                <Input value={tag} placeholder="tag key" onChange={(event) => setTag(event.target.value)} />
              )}
            </Toolbar>
            <Panel title="Where it comes from">
              {data.groups.length === 0 ? (
                <Empty title="Nothing in the selected time range" />
              ) : (
                <DataTable
                  label="Usage by group"
                  rows={data.groups}
                  columns={COLUMNS}
                  rowKey={(row) => `${row.signal} ${row.name}`}
                  initialSort={{ key: "count", descending: true }}
                />
              )}
            </Panel>
            <UsageByKey from={from} to={to} />
            <Quotas />
          </>
        )}
      </Async>
    </Page>
  );
}
