/** What a metric of logs or spans would have been in the past hour, computed from those that are stored. */
import type { TimeRange } from "~/core/time";
import { chartOf } from "~/explorer/analyticsChart";
import { filterOf, useBuckets } from "~/explorer/api";
import { unitOf } from "~/explorer/format";
import { Async, Empty, Panel } from "~/ui";
import { TimeseriesChart } from "~/widgets/timeseries/chart";
import css from "./config.module.css";

interface MetricPreviewProps {
  source: "logs" | "spans";
  query: string;
  /** Empty: a count. */
  measure: string;
  groups: readonly string[];
  range: TimeRange;
}

const STEP = 60;

export function MetricPreview({ source, query, measure, groups, range }: MetricPreviewProps) {
  const compute = measure ? { aggregation: "avg", metric: measure } : { aggregation: "count" };
  const found = useBuckets(source, {
    filter: filterOf(query, range),
    compute: [{ ...compute, type: "timeseries", interval: `${STEP}s` }],
    group_by: groups
      .slice(0, 4)
      .map((facet) => ({ facet, limit: 10, sort: { ...compute, type: "measure" } })),
  });
  return (
    <Panel
      title={measure ? `Preview: average of ${measure}` : `Preview: ${source} a minute`}
      hint={`Stored ${source} of the past hour`}
      busy={found.isFetching}
    >
      <Async query={found} text={query}>
        {(buckets) =>
          buckets.length === 0 ? (
            <Empty title={`No ${source} match in the past hour`} />
          ) : (
            <div className={css.chart}>
              <TimeseriesChart
                spec={chartOf(
                  buckets,
                  groups,
                  range,
                  STEP,
                  compute.aggregation,
                  measure ? unitOf(measure) : undefined,
                )}
                legend="compact"
              />
            </div>
          )
        }
      </Async>
    </Panel>
  );
}
