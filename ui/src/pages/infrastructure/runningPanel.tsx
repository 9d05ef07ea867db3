/** Parts of the panels of a process and of a container: readings over time. */
import { useMetrics } from "~/api/metrics";
import { useTimeRange } from "~/shell/timeRange";
import { Panel } from "~/ui";
import { TimeseriesView } from "~/widgets/timeseries/view";

interface TrendProps {
  title: string;
  source: "process" | "container";
  /** Names of the lines, and the metric of each. */
  lines: Record<string, string>;
  /** What tells the one from all others, such as `pid:1`. */
  tags: string[];
  kind?: "area" | "line";
}

/** One chart of the page's time range. */
export function Trend({ title, source, lines, tags, kind = "line" }: TrendProps) {
  const { range } = useTimeRange();
  const names = Object.keys(lines);
  const query = useMetrics(
    {
      queries: names.map((name, i) => ({
        name: `q${i}`,
        data_source: source,
        metric: lines[name],
        tag_filters: tags,
        limit: 1,
      })),
      formulas: names.map((name, i) => ({ formula: `q${i}`, alias: name })),
    },
    range,
  );
  return (
    <Panel title={title} busy={query.isFetching} style={{ height: 170 }}>
      <TimeseriesView query={query} kind={kind} />
    </Panel>
  );
}
