/** Metrics summary: every metric that reports, what it means, and the tags that it carries. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link, useLocation } from "wouter";
import {
  type MetricMetadata,
  metadataKey,
  saveMetadata,
  useMetricMetadata,
  useMetrics,
  useMetricTags,
  useUnits,
} from "~/api/metrics";
import { useMe } from "~/api/session";
import { counted } from "~/core/labels";
import { rank } from "~/core/query/complete";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlState } from "~/shell/url";
import {
  Async,
  Button,
  type Column,
  Combobox,
  CopyButton,
  DataTable,
  Drawer,
  Empty,
  Field,
  Panel,
  SearchInput,
  Select,
  TagList,
  TextArea,
  Toolbar,
  toast,
} from "~/ui";
import { GraphMenu } from "~/widgets/graphMenu";
import { TimeseriesView } from "~/widgets/timeseries/view";
import {
  lastQueried,
  type MetricRow,
  RuleTag,
  TagConfiguration,
  TagCosts,
  UsedBy,
  useMetricRows,
  useMetricType,
} from "./cost";
import css from "./summary.module.css";

const COLUMNS: Column<MetricRow>[] = [
  {
    key: "name",
    title: "Metric",
    cell: (row) => row.name,
    sort: (row) => row.name,
    width: "minmax(260px, 3fr)",
  },
  { key: "type", title: "Type", cell: (row) => row.type, sort: (row) => row.type, width: "100px" },
  {
    key: "series",
    title: "Series",
    number: true,
    width: "90px",
    cell: (row) => row.series.toLocaleString(),
    sort: (row) => row.series,
  },
  {
    key: "hosts",
    title: "Hosts",
    number: true,
    width: "80px",
    cell: (row) => row.hosts.toLocaleString(),
    sort: (row) => row.hosts,
  },
  {
    key: "rule",
    title: "Tags",
    width: "120px",
    cell: (row) => <RuleTag row={row} />,
    sort: (row) => row.rule,
  },
  {
    key: "assets",
    title: "Used by",
    number: true,
    width: "90px",
    cell: (row) => row.assets.toLocaleString(),
    sort: (row) => row.assets,
  },
  {
    key: "queried",
    title: "Last queried",
    width: "130px",
    cell: (row) => <span className={row.last_queried ? "num" : "muted"}>{lastQueried(row)}</span>,
    sort: (row) => row.last_queried ?? "",
  },
];

const USES = [
  { value: "", label: "All" },
  { value: "never", label: "Never looked at" },
  { value: "unused", label: "Not used by any asset" },
  { value: "limited", label: "With limited tags" },
] as const;

function fits(row: MetricRow, use: string): boolean {
  if (use === "never") return !row.last_queried && row.assets === 0;
  if (use === "unused") return row.assets === 0;
  return use !== "limited" || row.rule !== "";
}

const HOURS = [
  { value: "1", label: "Past hour" },
  { value: "24", label: "Past day" },
  { value: "168", label: "Past week" },
] as const;

export default function Summary() {
  const [search, setSearch] = useUrlState("filter");
  const [hours, setHours] = useUrlState("hours", "24");
  const [metric, setMetric] = useUrlState("metric");
  const [use, setUse] = useUrlState("use");
  const names = useMetricRows(Number(hours) || 24);
  const rows = useMemo(() => {
    const all = (names.data ?? []).filter((row) => fits(row, use));
    if (!search) return all;
    const byName = new Map(all.map((row) => [row.name, row]));
    return rank([...byName.keys()], search, Number.POSITIVE_INFINITY).map((name) => byName.get(name)!);
  }, [names.data, search, use]);
  return (
    <Page title="Metrics summary" fill>
      <Toolbar>
        <div data-grow>
          <SearchInput main value={search} onChange={setSearch} placeholder="Search metrics" />
        </div>
        <Select label="Reported" value={hours as "1"} options={HOURS} onChange={setHours} />
        <Select label="Use" value={use as ""} options={USES} onChange={setUse} />
        <span className="muted num">{counted(rows.length, "metric")}</span>
      </Toolbar>
      <Panel style={{ flex: 1 }} busy={names.isFetching}>
        <Async query={names}>
          {(all) =>
            all.length === 0 ? (
              <Empty
                title="No metric has reported yet"
                actions={<Link href="/get-started">Get started</Link>}
              >
                Point an agent or a client at this server and its metrics appear here.
              </Empty>
            ) : (
              <DataTable
                label="Metrics"
                rows={rows}
                columns={COLUMNS}
                rowKey={(row) => row.name}
                onRow={(row) => setMetric(row.name)}
                selected={metric}
                initialSort={search ? undefined : { key: "name", descending: false }}
              />
            )
          }
        </Async>
      </Panel>
      {metric && (
        <Details
          key={metric}
          metric={metric}
          row={names.data?.find((one) => one.name === metric)}
          onClose={() => setMetric("")}
        />
      )}
    </Page>
  );
}

interface DetailsProps {
  metric: string;
  row: MetricRow | undefined;
  onClose: () => void;
}

function Details({ metric, row, onClose }: DetailsProps) {
  const { range } = useTimeRange();
  const [, navigate] = useLocation();
  const metadata = useMetricMetadata(metric);
  const type = useMetricType(metric, row);
  const tags = useMetricTags(metric);
  const query = useMetrics({ queries: [{ query: `avg:${metric}{*}` }] }, range);
  const definition = { type: "timeseries", title: metric, requests: [{ q: `avg:${metric}{*}` }] };
  const explore = (text: string) => navigate(`/metric/explorer?${new URLSearchParams({ q: text })}`);
  return (
    <Drawer
      open
      onClose={onClose}
      title={
        <span className={css.title}>
          <code className="truncate">{metric}</code>
          <CopyButton text={metric} small />
        </span>
      }
    >
      <div className={css.details}>
        <Panel
          title="Average"
          hint={`avg:${metric}{*}`}
          busy={query.isFetching}
          style={{ height: 200 }}
          actions={<GraphMenu definition={definition} window={range} />}
        >
          <TimeseriesView query={query} legend="none" />
        </Panel>
        <Button icon="metrics" onClick={() => explore(`avg:${metric}{*}`)}>
          Open in explorer
        </Button>
        <Async query={metadata}>{(data) => <Metadata metric={metric} data={data} />}</Async>
        <TagCosts metric={metric} row={row} />
        <TagConfiguration metric={metric} type={type} keys={Object.keys(tags.data ?? {})} />
        <UsedBy metric={metric} />
        <section>
          <h3>Tags</h3>
          <Async query={tags}>
            {(data) => (
              <dl className={css.tags}>
                {Object.entries(data)
                  .sort(([a], [b]) => a.localeCompare(b))
                  .map(([key, values]) => [
                    <dt key={`${key}-key`}>
                      <button
                        type="button"
                        onClick={() => key && explore(`avg:${metric}{*} by {${key}}`)}
                        title={`Graph by ${key}`}
                      >
                        {key || "(bare)"}
                      </button>
                      <span className="muted num">{values.length}</span>
                    </dt>,
                    <dd key={`${key}-values`}>
                      <TagList
                        tags={values}
                        limit={20}
                        onPick={(value) => explore(`avg:${metric}{${key ? `${key}:` : ""}${value}}`)}
                      />
                    </dd>,
                  ])}
              </dl>
            )}
          </Async>
        </section>
      </div>
    </Drawer>
  );
}

const TYPES = ["gauge", "count", "rate", "distribution"].map((value) => ({ value, label: value }));

function Metadata({ metric, data }: { metric: string; data: MetricMetadata }) {
  const me = useMe();
  const units = useUnits();
  const client = useQueryClient();
  const [draft, setDraft] = useState<Partial<MetricMetadata>>({});
  const shown = { ...data, ...draft };
  const names = useMemo(() => (units.data ?? []).map((unit) => unit.name).sort(), [units.data]);
  const save = useMutation({
    mutationFn: () => saveMetadata(metric, draft),
    onSuccess: (saved) => {
      client.setQueryData(metadataKey(metric), saved);
      setDraft({});
      toast("Metadata saved");
    },
    onError: (error) => toast(error.message, "alert"),
  });
  const set = (change: Partial<MetricMetadata>) => setDraft({ ...draft, ...change });
  return (
    <section className={css.metadata}>
      <h3>Metadata</h3>
      <div className={css.pair}>
        <Select label="Type" value={shown.type ?? ""} options={TYPES} onChange={(type) => set({ type })} />
        <Combobox
          label="Unit"
          value={shown.unit}
          options={names}
          onChange={(unit) => set({ unit: unit ?? "" })}
        />
        <Combobox
          label="Per"
          value={shown.per_unit}
          options={names}
          onChange={(unit) => set({ per_unit: unit ?? "" })}
        />
      </div>
      <Field label="Description">
        <TextArea
          rows={2}
          value={shown.description ?? ""}
          onChange={(event) => set({ description: event.target.value })}
        />
      </Field>
      {me.data?.can_write && Object.keys(draft).length > 0 && (
        <Button kind="primary" disabled={save.isPending} onClick={() => save.mutate()}>
          Save
        </Button>
      )}
    </section>
  );
}
