/** The answer of a metric query as a chart, with all states that it can be in. */
import type { UseQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";
import type { ChartSpec, SeriesKind } from "~/core/chart/model";
import { lookAhead } from "~/core/forecast";
import type { Answer } from "~/core/response";
import { formatRange, spanPreset, zoomOut } from "~/core/time";
import { useTimeRange } from "~/shell/timeRange";
import { Button, Empty, Failure, Loading } from "~/ui";
import { chartSpec } from "../chartSpec";
import { Notes } from "../notes";
import { TimeseriesChart } from "./chart";
import css from "./chart.module.css";
import type { LegendKind } from "./legend";

const LINES = { type: "timeseries" };

interface ViewProps {
  query: UseQueryResult<Answer>;
  /** As the person wrote it; shown beside an error. */
  text?: string;
  kind?: SeriesKind;
  legend?: LegendKind;
  height?: number;
  group?: string;
}

export function TimeseriesView({ query, text, kind, legend, height, group }: ViewProps) {
  const { range, set } = useTimeRange();
  const { data } = query;
  const spec = useMemo<ChartSpec | null>(
    () =>
      data
        ? chartSpec(LINES, [{ display_type: kind }], [data.series], lookAhead(range, text, Date.now()))
        : null,
    [data, range, kind, text],
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
      <TimeseriesChart spec={spec} legend={legend} height={height} group={group} />
      {data.notes.length > 0 && (
        <div className={css.notes}>
          <Notes notes={data.notes} />
        </div>
      )}
    </>
  );
}
