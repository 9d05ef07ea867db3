/** How many rows there are over time, stacked by status or any other field. A drag sets the time range. */
import type { ChartSpec } from "~/core/chart/model";
import { slotStyle } from "~/core/palette";
import { type TimeRange, timeAsked } from "~/core/time";
import { Failure, Former, Panel, Select, useFormer } from "~/ui";
import { TimeseriesChart } from "~/widgets/timeseries/chart";
import { type Bucket, filterOf, useBuckets } from "./api";
import css from "./explorer.module.css";
import { titleOf } from "./facetRail";
import { formatWhole } from "./format";
import { stepOf } from "./step";
import { STATUS_COLORS, STATUS_ORDER } from "./types";

interface TimelineProps {
  source: string;
  query: string;
  range: TimeRange;
  stackBy: string;
  fields: readonly string[];
  noun: readonly [string, string];
  onStackBy: (field: string) => void;
}

export function Timeline({ source, query, range, stackBy, fields, noun, onStackBy }: TimelineProps) {
  const step = stepOf(range, 60);
  const found = useBuckets(source, {
    filter: filterOf(query, range),
    compute: [{ aggregation: "count", type: "timeseries", interval: `${step}s` }],
    group_by: [{ facet: stackBy, limit: 8, missing: "N/A" }],
  });
  const count = useBuckets(source, { filter: filterOf(query, range), compute: [{ aggregation: "count" }] });
  const former = useFormer(count, query, timeAsked(range));
  const total = Number(count.data?.[0]?.computes.c0 ?? 0);
  if (found.error) return <Failure error={found.error} query={query} onRetry={() => found.refetch()} />;
  return (
    <Panel busy={found.isFetching} className={css.timeline}>
      <div className={css.timelineHead}>
        <Former former={former}>
          <span>
            <b className="num">{count.data ? formatWhole(total) : "…"}</b> {total === 1 ? noun[0] : noun[1]}
          </span>
        </Former>
        <span className={css.grow} />
        <Select
          label="by"
          value={stackBy}
          options={[...new Set([stackBy, ...fields])].map((field) => ({
            value: field,
            label: titleOf(field),
          }))}
          onChange={onStackBy}
        />
      </div>
      {found.data && (
        <TimeseriesChart spec={volume(found.data, stackBy, range, step)} height={88} legend="none" />
      )}
    </Panel>
  );
}

/** Bars of counts; times without any are zero, so that gaps are seen as such. */
export function volume(buckets: readonly Bucket[], field: string, range: TimeRange, step: number): ChartSpec {
  const points = (bucket: Bucket) =>
    (bucket.computes.c0 as { time: string; value: number }[] | undefined) ?? [];
  const place = (name: string) =>
    (STATUS_ORDER.indexOf(name) + STATUS_ORDER.length + 1) % (STATUS_ORDER.length + 1);
  const sorted = buckets.toSorted((a, b) => place(a.by[field] ?? "") - place(b.by[field] ?? ""));
  const first = Math.floor(range.from / 1000 / step) * step;
  const times: number[] = [];
  for (let time = first; time <= range.to / 1000; time += step) times.push(time);
  const series = sorted.map((bucket, index) => {
    const name = bucket.by[field] ?? "N/A";
    const values = new Map(points(bucket).map((point) => [Date.parse(point.time) / 1000, point.value]));
    return {
      key: name,
      label: name,
      kind: "bars" as const,
      color: STATUS_COLORS[name] ?? slotStyle(index).color,
      values: times.map((time) => values.get(time) ?? null),
    };
  });
  return { times, series, from: range.from / 1000, to: range.to / 1000 };
}
