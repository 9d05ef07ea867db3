/** The answer of a metric query as a chart, with all states that it can be in. */
import type { UseQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Answer } from "~/core/answer";
import type { ChartSeries, ChartSpec, EventMark, Marker, SeriesKind, YAxis } from "~/core/chart/model";
import { paletteStyle } from "~/core/palette";
import { formatRange, spanPreset, type TimeRange, zoomOut } from "~/core/time";
import { useTimeRange } from "~/shell/timeRange";
import { Button, Empty, Failure, Loading, Notice } from "~/ui";
import { TimeseriesChart } from "./chart";
import type { LegendKind } from "./legend";

/** More lines than this tell nothing and cost much. */
const MAX_SERIES = 100;

export interface Look {
  kind?: SeriesKind;
  palette?: string;
  width?: number;
  dash?: number[];
}

interface ViewProps {
  query: UseQueryResult<Answer>;
  /** As the person wrote it; shown beside an error. */
  text?: string;
  /** How to draw: one for all, or one for each query or formula of the question. */
  look?: Look | readonly Look[];
  legend?: LegendKind;
  markers?: readonly Marker[];
  events?: readonly EventMark[];
  yAxis?: YAxis;
  height?: number;
  group?: string;
}

export function TimeseriesView({
  query,
  text,
  look,
  legend,
  markers,
  events,
  yAxis,
  height,
  group,
}: ViewProps) {
  const { range, set } = useTimeRange();
  const { data } = query;
  const spec = useMemo<ChartSpec | null>(
    () => (data ? { ...specOf(data, range, look), markers, events, yAxis } : null),
    [data, range, look, markers, events, yAxis],
  );
  if (query.error) return <Failure error={query.error} query={text} onRetry={() => query.refetch()} />;
  if (!data || !spec) return <Loading />;
  if (data.series.length === 0) {
    const name = spanPreset(range)?.label ?? formatRange(range);
    return (
      <Empty
        title={`No data for this query in ${name}`}
        actions={<Button onClick={() => set(zoomOut(range, Date.now()))}>Widen the range</Button>}
      >
        {data.notes.join(" ") || "Nothing that matches it reported in this time."}
      </Empty>
    );
  }
  return (
    <>
      {data.series.length > MAX_SERIES && (
        <Notice>
          ▲ Showing {MAX_SERIES} of {data.series.length} series. Use top() or a filter to choose which.
        </Notice>
      )}
      <TimeseriesChart spec={spec} legend={legend} height={height} group={group} />
    </>
  );
}

export function specOf(answer: Answer, range: TimeRange, look: Look | readonly Look[] = {}): ChartSpec {
  const places = new Map<string, number>();
  const series = answer.series.slice(0, MAX_SERIES).map((one): ChartSeries => {
    const style: Look = Array.isArray(look) ? (look[one.index] ?? {}) : (look as Look);
    const palette = style.palette ?? "";
    const place = places.get(palette) ?? 0;
    places.set(palette, place + 1);
    const { color, dash } = paletteStyle(style.palette, place);
    const { key, label, values, band, unit, tags } = one;
    const kind = style.kind ?? "line";
    return {
      key,
      label,
      values,
      band,
      unit,
      tags,
      kind,
      color,
      dash: style.dash ?? dash,
      width: style.width,
    };
  });
  return { times: answer.times, series, from: range.from / 1000, to: range.to / 1000 };
}
