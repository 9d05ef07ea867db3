/** What new widgets of some types start from. */
import type { WidgetDefinition } from "./types";

export const POINTS: WidgetDefinition = {
  type: "point_plot",
  title: "",
  requests: [
    {
      request_type: "data_projection",
      query: { data_source: "logs", query_string: "" },
      projection: {
        type: "point_plot",
        dimensions: Object.entries({ time: "timestamp", y: "@duration", group: "service" }).map(
          ([dimension, column]) => ({ column, dimension }),
        ),
      },
    },
  ],
};
