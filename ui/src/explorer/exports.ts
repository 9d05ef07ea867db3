/** What an explorer shows as a monitor, a widget, or a metric of logs. Pure. */
import type { WidgetDefinition } from "~/widgets/types";
import type { ExplorerState } from "./address";

/** The monitor type of each source, and the function of its query. */
const MONITORS: Readonly<Record<string, readonly [type: string, call: string, index: boolean]>> = {
  logs: ["log alert", "logs", true],
  spans: ["trace-analytics alert", "trace-analytics", false],
  events: ["event-v2 alert", "events", false],
};
const STREAMS: Readonly<Record<string, string>> = {
  logs: "logs_stream",
  spans: "trace_stream",
  events: "event_stream",
};

const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

/** Parameters of the page that creates a monitor. The threshold is the person's to set. */
export function monitorParams(source: string, state: ExplorerState, name = ""): Record<string, string> {
  const [type, call, index] = MONITORS[source] ?? MONITORS.logs!;
  const measured = state.aggregation !== "count" && state.measure !== "";
  const rollup = measured
    ? `.rollup(${quoted(state.aggregation)}, ${quoted(state.measure)})`
    : '.rollup("count")';
  const by = state.groupBy.length > 0 && analyzes(state) ? `.by(${quoted(state.groupBy.join(","))})` : "";
  const query = `${call}(${quoted(state.query || "*")})${index ? '.index("*")' : ""}${rollup}${by}.last("5m") > 0`;
  return { type, query, ...(name && { name }) };
}

const analyzes = ({ visualization }: ExplorerState) =>
  visualization !== "stream" && visualization !== "pattern";

/** The widget of a dashboard or notebook that shows the same. */
export function widgetOf(
  source: string,
  dataSource: string,
  state: ExplorerState,
  title: string,
): WidgetDefinition {
  if (!analyzes(state)) {
    return {
      type: "list_stream",
      title,
      requests: [
        {
          response_format: "event_list",
          query: { data_source: STREAMS[source] ?? STREAMS.logs!, query_string: state.query, indexes: [] },
          columns: [
            { field: "status_line", width: "auto" },
            { field: "timestamp", width: "auto" },
            ...state.columns.map((field) => ({ field, width: "auto" })),
            { field: "content", width: "full" },
          ],
        },
      ],
    } as unknown as WidgetDefinition;
  }
  const compute = {
    aggregation: state.aggregation,
    ...(state.aggregation !== "count" && { metric: state.measure }),
  };
  const timeseries = state.visualization === "timeseries";
  const groups = state.groupBy.length > 0 || timeseries ? state.groupBy : ["service"];
  const query = {
    name: "a",
    data_source: dataSource,
    indexes: ["*"],
    search: { query: state.query },
    compute,
    group_by: groups.map((facet) => ({ facet, limit: state.limit, sort: { ...compute, order: "desc" } })),
  };
  const request = { queries: [query], formulas: [{ formula: "a" }] };
  const types = { timeseries: "timeseries", toplist: "toplist", table: "query_table", pie: "sunburst" };
  const type = types[state.visualization as keyof typeof types];
  return {
    type,
    title,
    requests: [
      timeseries
        ? { ...request, response_format: "timeseries", display_type: "bars" }
        : { ...request, response_format: "scalar" },
    ],
  } as unknown as WidgetDefinition;
}

/** A name for what is exported. */
export function titleOf(noun: string, state: ExplorerState): string {
  const what = state.aggregation === "count" ? noun : `${state.aggregation} of ${state.measure}`;
  const by = analyzes(state) && state.groupBy.length > 0 ? ` by ${state.groupBy.join(", ")}` : "";
  const where = state.query ? `: ${state.query}` : "";
  return `${what.slice(0, 1).toUpperCase()}${what.slice(1)}${by}${where}`.slice(0, 120);
}

/** Parameters of the page that creates a metric of logs. */
export function metricParams(state: ExplorerState): Record<string, string> {
  return {
    new: "1",
    query: state.query,
    ...(analyzes(state) && {
      group_by: state.groupBy.join(","),
      measure: state.aggregation === "count" ? "" : state.measure,
    }),
  };
}
