/** Analytics: a measure of what a search finds, by facets, as timeseries, top list, table or pie. */
import { type TimeRange, timeAsked } from "~/core/time";
import {
  Async,
  Button,
  type Column,
  Combobox,
  DataTable,
  Empty,
  Panel,
  Select,
  Tag,
  Toolbar,
  useFormer,
} from "~/ui";
import { TimeseriesChart } from "~/widgets/timeseries/chart";
import type { ExplorerState } from "./address";
import { chartOf, nameOf, points, total } from "./analyticsChart";
import { type Bucket, filterOf, useBuckets, useFields } from "./api";
import { download, toCsv, unitOf, writeMeasure } from "./format";
import css from "./panels.module.css";
import { Pie } from "./pie";
import { stepOf } from "./step";
import { writeTerm } from "./terms";

export const AGGREGATIONS = [
  { value: "count", label: "Count" },
  { value: "cardinality", label: "Count unique" },
  { value: "sum", label: "Sum" },
  { value: "min", label: "Min" },
  { value: "max", label: "Max" },
  { value: "avg", label: "Average" },
  { value: "median", label: "Median" },
  { value: "pc75", label: "p75" },
  { value: "pc90", label: "p90" },
  { value: "pc95", label: "p95" },
  { value: "pc98", label: "p98" },
  { value: "pc99", label: "p99" },
] as const;

interface AnalyticsProps {
  source: string;
  state: ExplorerState;
  range: TimeRange;
  onChange: (change: Partial<ExplorerState>) => void;
  onFilter: (field: string, value: string) => void;
}

export function Analytics({ source, state, range, onChange, onFilter }: AnalyticsProps) {
  const { aggregation, measure, groupBy, limit, visualization, query } = state;
  const names = useFields(source, range);
  const fields = (names.data?.fields ?? []).map((one) => one.field);
  const ready = aggregation === "count" || measure !== "";
  const timeseries = visualization === "timeseries";
  const compute = { aggregation, ...(aggregation !== "count" && { metric: measure }) };
  const step = stepOf(range, 150);
  const facets = groupBy.length > 0 || timeseries ? groupBy : ["service"];
  const found = useBuckets(
    source,
    {
      filter: filterOf(query, range),
      compute: [timeseries ? { ...compute, type: "timeseries", interval: `${step}s` } : compute],
      group_by: facets.map((facet) => ({
        facet,
        limit,
        missing: "N/A",
        sort: { ...compute, type: "measure" },
      })),
    },
    ready,
  );
  const former = useFormer(found, query, timeAsked(range), compute, facets, limit, timeseries);
  const rows = found.data ?? [];
  const counts = aggregation === "count" || aggregation === "cardinality";
  const unit = counts ? undefined : unitOf(measure);
  const write = (value: number) => writeMeasure(measure, value, aggregation);
  const csv = () =>
    download(
      `${source}.csv`,
      timeseries
        ? toCsv(
            [...facets, "time", "value"],
            rows.flatMap((row) =>
              points(row).map((one) => [
                ...facets.map((facet) => row.by[facet] ?? ""),
                one.time,
                String(one.value),
              ]),
            ),
          )
        : toCsv(
            [...facets, label(state)],
            rows.map((row) => [...facets.map((facet) => row.by[facet] ?? ""), String(total(row))]),
          ),
    );
  return (
    <>
      <Toolbar>
        <Select
          label="Show"
          value={aggregation}
          options={AGGREGATIONS}
          onChange={(next) => onChange({ aggregation: next })}
        />
        {aggregation !== "count" && (
          <Combobox
            label="Measure"
            value={measure || null}
            options={fields}
            onChange={(next) => onChange({ measure: next ?? "" })}
          />
        )}
        <span className="muted">by</span>
        {groupBy.map((field) => (
          <span key={field} title="Remove">
            <Tag onClick={() => onChange({ groupBy: groupBy.filter((one) => one !== field) })}>{field}</Tag>
          </span>
        ))}
        {groupBy.length < 4 && (
          <Combobox
            key={groupBy.join()}
            label="Add a facet"
            value={null}
            options={fields.filter((field) => !groupBy.includes(field))}
            onChange={(next) => next && onChange({ groupBy: [...groupBy, next] })}
          />
        )}
        <Select
          label="Top"
          value={String(limit)}
          options={["5", "10", "25", "50", "100"].map((value) => ({ value, label: value }))}
          onChange={(next) => onChange({ limit: Number(next) })}
        />
        <Button size="small" icon="download" onClick={csv}>
          CSV
        </Button>
      </Toolbar>
      {!ready ? (
        <Empty title="Select a measure">The {aggregation} needs a field with values to aggregate.</Empty>
      ) : (
        <Async query={{ ...found, data: found.data }} text={query} former={former}>
          {(buckets) =>
            buckets.length === 0 ? (
              <Empty title="No data in the selected time range" />
            ) : (
              <Panel busy={found.isFetching} className={css.analytics}>
                {timeseries && (
                  <TimeseriesChart
                    spec={chartOf(buckets, facets, range, step, aggregation, unit)}
                    legend="expanded"
                  />
                )}
                {visualization === "toplist" && (
                  <TopList buckets={buckets} facets={facets} write={write} onFilter={onFilter} />
                )}
                {visualization === "pie" && <Pie buckets={buckets} facets={facets} onFilter={onFilter} />}
                {visualization === "table" && (
                  <GroupTable
                    buckets={buckets}
                    facets={facets}
                    title={label(state)}
                    write={write}
                    onFilter={onFilter}
                  />
                )}
              </Panel>
            )
          }
        </Async>
      )}
    </>
  );
}

const label = ({ aggregation, measure }: ExplorerState) =>
  aggregation === "count" ? "Count" : `${aggregation} of ${measure}`;

interface GroupsProps {
  buckets: readonly Bucket[];
  facets: readonly string[];
  write: (value: number) => string;
  onFilter: (field: string, value: string) => void;
}

function TopList({ buckets, facets, write, onFilter }: GroupsProps) {
  const most = Math.max(...buckets.map(total), Number.MIN_VALUE);
  return (
    <ol className={css.topList}>
      {buckets.map((bucket) => (
        <li key={nameOf(bucket, facets)}>
          <span className="num">{write(total(bucket))}</span>
          <button
            type="button"
            title={facets.map((field) => writeTerm({ field, value: bucket.by[field] ?? "" })).join(" ")}
            onClick={() => facets[0] && onFilter(facets[0], bucket.by[facets[0]] ?? "")}
          >
            <i style={{ width: `${(total(bucket) / most) * 100}%` }} />
            <span className="truncate">{nameOf(bucket, facets)}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}

function GroupTable({ buckets, facets, title, write, onFilter }: GroupsProps & { title: string }) {
  const columns: Column<Bucket>[] = [
    ...facets.map((facet) => ({
      key: facet,
      title: facet,
      sort: (row: Bucket) => row.by[facet],
      cell: (row: Bucket) => (
        <button type="button" className={css.cellLink} onClick={() => onFilter(facet, row.by[facet] ?? "")}>
          {row.by[facet]}
        </button>
      ),
    })),
    { key: "value", title, number: true, sort: total, cell: (row: Bucket) => write(total(row)) },
  ];
  return (
    <DataTable
      label="Groups"
      rows={buckets}
      columns={columns}
      rowKey={(row) => JSON.stringify(row.by)}
      initialSort={{ key: "value", descending: true }}
    />
  );
}
