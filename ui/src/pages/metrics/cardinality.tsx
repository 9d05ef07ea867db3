/** Cardinality explorer: the tags that make series, of all metrics or of one, and how to drop them. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { api } from "~/api/client";
import type { components } from "~/api/schema";
import { slotStyle } from "~/core/palette";
import { Page } from "~/shell/page";
import { useUrlState } from "~/shell/url";
import {
  Async,
  Button,
  type Column,
  DataTable,
  Dialog,
  Drawer,
  Empty,
  Panel,
  Select,
  Toolbar,
  useFormer,
} from "~/ui";
import { TimeseriesChart } from "~/widgets/timeseries/chart";
import css from "./cardinality.module.css";
import { type MetricRow, TagConfiguration, UNKNOWN_TYPE, useMetricRows, useMetricType } from "./cost";

type Report = components["schemas"]["Cardinality"];
type Tag = Report["tags"][number];
type Named = components["schemas"]["NameCount"];

const HOURS = [
  { value: "1", label: "Past hour" },
  { value: "24", label: "Past day" },
  { value: "168", label: "Past week" },
] as const;

function useReport(metric: string, hours: number) {
  return useQuery({
    queryKey: ["metrics", "cardinality", metric, hours],
    queryFn: async ({ signal }) =>
      (await api.GET("/api/ui/cardinality", { params: { query: { metric, hours } }, signal })).data!,
    placeholderData: (last: Report | undefined, of) => (of?.queryKey[2] === metric ? last : undefined),
  });
}

export default function CardinalityPage() {
  const [metric, setMetric] = useUrlState("metric");
  const [hours, setHours] = useUrlState("hours", "24");
  const [key, setKey] = useUrlState("key");
  const report = useReport(metric, Number(hours));
  const rows = useMetricRows(Number(hours));
  const row = rows.data?.find((one) => one.name === metric);
  const type = useMetricType(metric, row);
  const former = useFormer(report, metric, hours);
  return (
    <Page title={metric ? `Cardinality of ${metric}` : "Cardinality"}>
      <Toolbar>
        {metric && (
          <Button icon="left" onClick={() => setMetric("")}>
            All metrics
          </Button>
        )}
        <Select label="Sent" value={hours as "24"} options={HOURS} onChange={setHours} />
        {metric && <Link href={`/metric/summary?${new URLSearchParams({ metric })}`}>Metric summary</Link>}
      </Toolbar>
      <Async query={report} former={former}>
        {(data) =>
          data.series === 0 ? (
            <Empty title={metric ? "No series in this time" : "No metric was sent in this time"} />
          ) : (
            <>
              <div className={css.panels}>
                <Growth report={data} />
                {!metric && rows.data && <Metrics rows={rows.data} onMetric={setMetric} />}
              </div>
              <Tags report={data} metric={metric} type={type} onKey={setKey} />
            </>
          )
        }
      </Async>
      {key && (
        <KeyDrawer
          metric={metric}
          name={key}
          hours={Number(hours)}
          onClose={() => setKey("")}
          onMetric={(name) => {
            setKey("");
            setMetric(name);
          }}
        />
      )}
    </Page>
  );
}

function Growth({ report }: { report: Report }) {
  const { growth } = report;
  const [first, last] = [growth[0]!, growth.at(-1)!];
  const before = growth.at(-2)?.series ?? 0;
  const change = last.series - before;
  return (
    <Panel
      title="Series by day"
      hint={`${last.series.toLocaleString()} today, ${change < 0 ? "−" : "+"}${Math.abs(change).toLocaleString()} against yesterday`}
      style={{ height: 240 }}
    >
      <TimeseriesChart
        legend="none"
        spec={{
          times: growth.map((one) => one.day),
          series: [
            {
              key: "series",
              label: "Series",
              values: growth.map((one) => one.series),
              kind: "bars",
              color: slotStyle(0).color,
            },
          ],
          from: first.day - 43_200,
          to: last.day + 86_400,
        }}
      />
    </Panel>
  );
}

function Metrics({ rows, onMetric }: { rows: readonly MetricRow[]; onMetric: (name: string) => void }) {
  const columns: Column<MetricRow>[] = [
    {
      key: "name",
      title: "Metric",
      width: "minmax(200px, 3fr)",
      sort: (row) => row.name,
      cell: (row) => row.name,
    },
    {
      key: "series",
      title: "Series",
      number: true,
      sort: (row) => row.series,
      cell: (row) => row.series.toLocaleString(),
    },
    {
      key: "received",
      title: "Received",
      number: true,
      sort: (row) => row.received,
      cell: (row) => row.received.toLocaleString(),
    },
  ];
  return (
    <Panel title="Metrics with most series" style={{ height: 240 }}>
      <DataTable
        label="Metrics"
        rows={rows}
        columns={columns}
        rowKey={(row) => row.name}
        onRow={(row) => onMetric(row.name)}
        initialSort={{ key: "series", descending: true }}
      />
    </Panel>
  );
}

interface TagsProps {
  report: Report;
  metric: string;
  /** Of the metric; undefined until it is known. */
  type: string | undefined;
  onKey: (key: string) => void;
}

function Tags({ report, metric, type, onKey }: TagsProps) {
  const [dropped, setDropped] = useState<string | null>(null);
  const saved = (tag: Tag) => (tag.series_without === null ? null : report.series - tag.series_without);
  const count = (key: "values" | "series" | "metrics", title: string): Column<Tag> => ({
    key,
    title,
    number: true,
    sort: (tag) => tag[key],
    cell: (tag) => tag[key].toLocaleString(),
  });
  const columns: Column<Tag>[] = [
    {
      key: "key",
      title: "Tag key",
      width: "minmax(160px, 2fr)",
      sort: (tag) => tag.key,
      cell: (tag) => tag.key || "(bare)",
    },
    count("values", "Values"),
    count("series", "Series with it"),
    ...(metric ? [] : [count("metrics", "Metrics")]),
    {
      key: "without",
      title: "Series without it",
      number: true,
      width: "minmax(120px, 1fr)",
      sort: (tag) => tag.series_without,
      cell: (tag) => tag.series_without?.toLocaleString() ?? "–",
    },
    {
      key: "saves",
      title: "Saves",
      width: "minmax(180px, 1.5fr)",
      sort: saved,
      cell: (tag) => <Saving saved={saved(tag)} of={report.series} name={tag.key} />,
    },
    ...(metric
      ? [
          {
            key: "drop",
            title: "",
            width: "90px",
            cell: (tag: Tag) => (
              <Button
                size="small"
                needs="metric_tags_write"
                aria-label={`Drop ${tag.key}`}
                disabled={!type}
                title={type ? undefined : UNKNOWN_TYPE}
                onClick={(event) => {
                  event.stopPropagation();
                  setDropped(tag.key);
                }}
              >
                Drop…
              </Button>
            ),
          },
        ]
      : []),
  ];
  return (
    <Panel
      title="Tags that cost"
      hint={`${report.series.toLocaleString()} series; what is left without a tag is ${report.exact ? "counted" : "estimated within one per cent: there are more than a million series"}`}
    >
      <DataTable
        label="Tags"
        rows={report.tags}
        columns={columns}
        rowKey={(tag) => tag.key}
        onRow={(tag) => onKey(tag.key)}
      />
      {dropped !== null && (
        <Dialog title={`Tags of ${metric}`} open onClose={() => setDropped(null)} width={560}>
          <div className={css.configuration}>
            <TagConfiguration
              metric={metric}
              type={type}
              keys={report.tags.map((tag) => tag.key)}
              drop={dropped}
              onDone={() => setDropped(null)}
            />
          </div>
        </Dialog>
      )}
    </Panel>
  );
}

function Saving({ saved, of, name }: { saved: number | null; of: number; name: string }) {
  if (saved === null) return <span className="muted">not computed</span>;
  const part = of > 0 ? saved / of : 0;
  return (
    <span className={css.saving}>
      <meter min={0} max={1} value={part} aria-label={`Saved without ${name}`} />
      <span className="num">
        {saved.toLocaleString()} ({Math.round(part * 100)} %)
      </span>
    </span>
  );
}

interface KeyDrawerProps {
  metric: string;
  name: string;
  hours: number;
  onClose: () => void;
  onMetric: (metric: string) => void;
}

function KeyDrawer({ metric, name, hours, onClose, onMetric }: KeyDrawerProps) {
  const details = useQuery({
    queryKey: ["metrics", "cardinality", "key", metric, name, hours],
    queryFn: async ({ signal }) =>
      (await api.GET("/api/ui/cardinality/key", { params: { query: { key: name, metric, hours } }, signal }))
        .data!,
  });
  const series: Column<Named> = {
    key: "series",
    title: "Series",
    number: true,
    sort: (row) => row.series,
    cell: (row) => row.series.toLocaleString(),
  };
  const named = (title: string): Column<Named> => ({
    key: "name",
    title,
    width: "minmax(200px, 3fr)",
    sort: (row) => row.name,
    cell: (row) => row.name || "(no value)",
  });
  return (
    <Drawer open onClose={onClose} title={<code>{name}</code>}>
      <Async query={details}>
        {({ values, metrics }) => (
          <>
            <section className={css.section}>
              <h3>Values with most series</h3>
              <DataTable
                label="Values"
                rows={values}
                columns={[named("Value"), series]}
                rowKey={(row) => row.name}
              />
            </section>
            {!metric && (
              <section className={css.section}>
                <h3>Metrics that have it</h3>
                <DataTable
                  label="Metrics of the tag"
                  rows={metrics}
                  columns={[
                    named("Metric"),
                    { ...series, key: "values", title: "Values", cell: (row) => row.values.toLocaleString() },
                    series,
                  ]}
                  rowKey={(row) => row.name}
                  onRow={(row) => onMetric(row.name)}
                />
              </section>
            )}
          </>
        )}
      </Async>
    </Drawer>
  );
}
