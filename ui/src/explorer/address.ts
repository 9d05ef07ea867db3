/** The explorer's state, all of it in the address. Pure. */

export type Visualization = "stream" | "timeseries" | "toplist" | "table" | "pie" | "pattern";
export const VISUALIZATIONS: readonly { value: Visualization; label: string }[] = [
  { value: "stream", label: "List" },
  { value: "timeseries", label: "Timeseries" },
  { value: "toplist", label: "Top list" },
  { value: "table", label: "Table" },
  { value: "pie", label: "Pie" },
  { value: "pattern", label: "Patterns" },
];
export const LINES = { inline: 1, "expanded-md": 3, "expanded-lg": 10 } as const;
export type MessageDisplay = keyof typeof LINES;

export interface ExplorerState {
  query: string;
  columns: string[];
  visualization: Visualization;
  display: MessageDisplay;
  newestFirst: boolean;
  /** Another order than by time; empty for none. */
  sort: string;
  /** Key of the row that is open. */
  open: string;
  /** Analytics: aggregation, its measure, facets to group by, groups of each. */
  aggregation: string;
  measure: string;
  groupBy: string[];
  limit: number;
  /** Field that the timeline is stacked by. */
  stackBy: string;
  tail: boolean;
  view: string;
}

const list = (text: string | null) => (text ? text.split(",").map(decodeURIComponent).filter(Boolean) : []);
const unlist = (items: readonly string[]) =>
  items.map((one) => one.replaceAll("%", "%25").replaceAll(",", "%2C")).join(",");

export function readState(
  params: URLSearchParams,
  columns: readonly string[],
  stackBy: string,
): ExplorerState {
  const visualization = params.get("viz") as Visualization;
  const display = params.get("messageDisplay") as MessageDisplay;
  return {
    query: params.get("query") ?? "",
    columns: params.has("cols") ? list(params.get("cols")) : [...columns],
    visualization: VISUALIZATIONS.some((one) => one.value === visualization) ? visualization : "stream",
    display: display in LINES ? display : "inline",
    newestFirst: params.get("stream_sort") !== "asc" && params.get("sort") !== "start",
    sort: params.get("sort") ?? "",
    open: params.get("event") ?? params.get("id") ?? "",
    aggregation: params.get("agg_t") || "count",
    measure: params.get("agg_m") ?? "",
    groupBy: list(params.get("agg_q")),
    limit: Math.min(Math.max(Number(params.get("top_n")) || 10, 1), 100),
    stackBy: params.get("stack") || stackBy,
    tail: params.get("tail") === "1",
    view: params.get("saved_view") ?? "",
  };
}

/** The parameters of a change; null takes one out of the address. */
export function writeState(change: Partial<ExplorerState>): Record<string, string | null> {
  const params: Record<string, string | null> = {};
  const set = (name: string, value: string | undefined, fallback = "") => {
    if (value !== undefined) params[name] = value === fallback ? null : value;
  };
  set("query", change.query);
  if (change.columns) params.cols = unlist(change.columns) || ",";
  set("viz", change.visualization, "stream");
  set("messageDisplay", change.display, "inline");
  if (change.newestFirst !== undefined) params.stream_sort = change.newestFirst ? null : "asc";
  set("sort", change.sort);
  if (change.open !== undefined) {
    params.event = change.open || null;
    params.id = null;
  }
  set("agg_t", change.aggregation, "count");
  set("agg_m", change.measure);
  if (change.groupBy) params.agg_q = unlist(change.groupBy) || null;
  if (change.limit !== undefined) params.top_n = change.limit === 10 ? null : String(change.limit);
  set("stack", change.stackBy);
  if (change.tail !== undefined) params.tail = change.tail ? "1" : null;
  set("saved_view", change.view);
  return params;
}

/** Parameters that a saved view holds: everything but what is open, and the view itself. */
export function viewState(params: URLSearchParams): Record<string, string> {
  const left = ["event", "id", "saved_view", "tail"];
  return Object.fromEntries([...params].filter(([name]) => !left.includes(name)));
}
