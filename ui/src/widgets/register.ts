/** All widgets: one line a type. A type that is not here is shown as a placeholder and kept as it is. */

import type { ComponentType } from "react";
import { lazyPart } from "~/core/lazyPart";
import type { WidgetDefinition } from "./types";

export interface WidgetType {
  label: string;
  view: ComponentType<{ definition: WidgetDefinition }>;
  /** What "add widget" starts from; types without it can be shown and kept, but not added by hand. */
  sample?: WidgetDefinition;
  /** Columns and rows of a new one. */
  size?: [number, number];
}

type Loader<T> = () => Promise<T>;
type View = ComponentType<{ definition: WidgetDefinition }>;

const view = <T extends object>(load: Loader<T>, name: keyof T) =>
  lazyPart(async () => ({ default: (await load())[name] as View }));

const metric = (response_format: string, aggregator?: string) => ({
  response_format,
  queries: [
    {
      name: "query1",
      data_source: "metrics",
      query: "avg:system.cpu.user{*}",
      ...(aggregator && { aggregator }),
    },
  ],
  formulas: [{ formula: "query1" }],
});

const grouped = {
  response_format: "scalar",
  queries: [
    { name: "query1", data_source: "metrics", query: "avg:system.cpu.user{*} by {host}", aggregator: "avg" },
  ],
  formulas: [{ formula: "query1", limit: { count: 10, order: "desc" } }],
};

const text = () => import("./views/Text");
const status = () => import("./views/Status");
const sunburst = view(() => import("./views/Sunburst"), "Sunburst");

export const WIDGETS: Record<string, WidgetType> = {
  timeseries: {
    label: "Timeseries",
    view: view(() => import("./views/Timeseries"), "Timeseries"),
    size: [4, 2],
    sample: {
      type: "timeseries",
      title: "",
      show_legend: true,
      requests: [{ ...metric("timeseries"), display_type: "line" }],
    },
  },
  query_value: {
    label: "Query value",
    view: view(() => import("./views/QueryValue"), "QueryValue"),
    size: [2, 2],
    sample: {
      type: "query_value",
      title: "",
      autoscale: true,
      precision: 2,
      requests: [metric("scalar", "avg")],
    },
  },
  toplist: {
    label: "Top list",
    view: view(() => import("./views/Toplist"), "Toplist"),
    size: [4, 3],
    sample: { type: "toplist", title: "", requests: [grouped] },
  },
  query_table: {
    label: "Table",
    view: view(() => import("./views/QueryTable"), "QueryTable"),
    size: [6, 3],
    sample: { type: "query_table", title: "", requests: [grouped] },
  },
  note: {
    label: "Note",
    view: view(text, "Note"),
    size: [3, 2],
    sample: { type: "note", content: "Write **Markdown** here.", background_color: "white", font_size: "14" },
  },
  group: {
    label: "Group",
    view: view(text, "Note"),
    size: [12, 4],
    sample: { type: "group", title: "New group", layout_type: "ordered", widgets: [] },
  },
  sunburst: {
    label: "Sunburst",
    view: sunburst,
    size: [4, 3],
    sample: { type: "sunburst", title: "", requests: [grouped] },
  },
  treemap: { label: "Treemap", view: sunburst },
  hostmap: {
    label: "Host map",
    view: view(() => import("./views/Hostmap"), "Hostmap"),
    size: [4, 3],
    sample: { type: "hostmap", title: "", requests: { fill: { q: "avg:system.cpu.user{*} by {host}" } } },
  },
  distribution: {
    label: "Distribution",
    view: view(() => import("./views/Distribution"), "Distribution"),
    size: [4, 3],
    sample: { type: "distribution", title: "", requests: [{ q: "avg:system.cpu.user{*} by {host}" }] },
  },
  change: {
    label: "Change",
    view: view(() => import("./views/Change"), "Change"),
    size: [4, 3],
    sample: {
      type: "change",
      title: "",
      requests: [{ q: "avg:system.cpu.user{*} by {host}", compare_to: "hour_before" }],
    },
  },
  check_status: { label: "Check status", view: view(status, "CheckStatus") },
  manage_status: {
    label: "Monitor summary",
    view: view(status, "MonitorSummary"),
    size: [4, 3],
    sample: { type: "manage_status", title: "Monitors", query: "", display_format: "countsAndList" },
  },
  list_stream: { label: "List", view: view(() => import("./views/Stream"), "Stream") },
  log_stream: { label: "Log stream", view: view(() => import("./views/Stream"), "Stream") },
  event_stream: { label: "Event stream", view: view(() => import("./views/Stream"), "Stream") },
  free_text: {
    label: "Text",
    view: view(text, "FreeText"),
    size: [3, 1],
    sample: { type: "free_text", text: "Text" },
  },
  image: { label: "Image", view: view(text, "Picture") },
};
