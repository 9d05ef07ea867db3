/** `event_timeline`: how many events matched, over time, by status. */
import { useMemo } from "react";
import type { WidgetDefinition } from "../types";
import { Timeseries } from "./Timeseries";

/** Drawn as bars of a count of events. */
export function EventTimeline({ definition }: { definition: WidgetDefinition }) {
  const bars = useMemo<WidgetDefinition>(
    () => ({
      ...definition,
      type: "timeseries",
      show_legend: true,
      legend_layout: "horizontal",
      legend_columns: ["sum"],
      requests: [
        {
          display_type: "bars",
          style: { palette: "semantic" },
          response_format: "timeseries",
          queries: [
            {
              name: "events",
              data_source: "events",
              search: { query: String(definition.query ?? "").replace(/(\w):\s+(?=\S)/g, "$1:") },
              compute: { aggregation: "count" },
              group_by: [{ facet: "status", limit: 6 }],
            },
          ],
          formulas: [{ formula: "events" }],
        },
      ],
    }),
    [definition],
  );
  return <Timeseries definition={bars} />;
}
