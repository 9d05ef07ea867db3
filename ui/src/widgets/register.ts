/** All widgets: one entry a type. A type that is not here is shown as a placeholder and stored unchanged. */

import type { ComponentType } from "react";
import { lazyPart } from "~/core/lazyPart";
import { POINTS } from "./samples";
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
const slo = () => import("./views/Slo");
const alert = () => import("./views/Alert");
const service = () => import("./views/Service");
const cards = () => import("./views/Cards");

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
    sample: { type: "note", content: "Enter **Markdown** here.", background_color: "white", font_size: "14" },
  },
  group: {
    label: "Group",
    view: view(text, "Note"),
    size: [12, 4],
    sample: { type: "group", title: "New group", layout_type: "ordered", widgets: [] },
  },
  sunburst: {
    label: "Sunburst",
    view: view(() => import("./views/Sunburst"), "Sunburst"),
    size: [4, 3],
    sample: { type: "sunburst", title: "", requests: [grouped] },
  },
  treemap: {
    label: "Treemap",
    view: view(() => import("./views/Treemap"), "Treemap"),
    size: [6, 3],
    sample: { type: "treemap", title: "", requests: [grouped] },
  },
  heatmap: {
    label: "Heatmap",
    view: view(() => import("./views/Heatmap"), "Heatmap"),
    size: [6, 3],
    sample: { type: "heatmap", title: "", requests: [{ q: "avg:system.cpu.user{*} by {host}" }] },
  },
  scatterplot: {
    label: "Scatter plot",
    view: view(() => import("./views/Scatterplot"), "Scatterplot"),
    size: [6, 3],
    sample: {
      type: "scatterplot",
      title: "",
      requests: {
        table: {
          response_format: "scalar",
          queries: [
            {
              name: "query1",
              data_source: "metrics",
              query: "avg:system.cpu.user{*} by {host}",
              aggregator: "avg",
            },
            {
              name: "query2",
              data_source: "metrics",
              query: "avg:system.mem.used{*} by {host}",
              aggregator: "avg",
            },
          ],
          formulas: [
            { formula: "query1", dimension: "x", alias: "x" },
            { formula: "query2", dimension: "y", alias: "y" },
          ],
        },
      },
      xaxis: { scale: "linear", min: "auto", max: "auto", include_zero: true },
      yaxis: { scale: "linear", min: "auto", max: "auto", include_zero: true },
      color_by_groups: [],
    },
  },
  geomap: {
    label: "Geomap",
    view: view(() => import("./views/Geomap"), "Geomap"),
    size: [6, 4],
    sample: {
      type: "geomap",
      title: "",
      requests: [
        {
          response_format: "scalar",
          queries: [
            {
              name: "query1",
              data_source: "logs",
              search: { query: "" },
              compute: { aggregation: "count" },
              group_by: [{ facet: "@network.client.geoip.country.iso_code", limit: 250 }],
            },
          ],
          formulas: [{ formula: "query1" }],
        },
      ],
      style: { palette: "hostmap_blues", palette_flip: false },
      view: { focus: "WORLD" },
    },
  },
  event_timeline: {
    label: "Event timeline",
    view: view(() => import("./views/EventTimeline"), "EventTimeline"),
    size: [6, 2],
    sample: { type: "event_timeline", title: "Events", query: "" },
  },
  slo: {
    label: "SLO",
    view: view(slo, "Slo"),
    size: [4, 2],
    sample: {
      type: "slo",
      view_type: "detail",
      view_mode: "overall",
      time_windows: ["7d", "30d"],
      slo_id: "",
      show_error_budget: true,
    },
  },
  slo_list: {
    label: "SLO list",
    view: view(slo, "SloList"),
    size: [6, 3],
    sample: {
      type: "slo_list",
      title: "SLOs",
      requests: [{ request_type: "slo_list", query: { query_string: "", limit: 100 } }],
    },
  },
  alert_graph: {
    label: "Alert graph",
    view: view(alert, "AlertGraph"),
    size: [6, 2],
    sample: { type: "alert_graph", title: "", alert_id: "", viz_type: "timeseries" },
  },
  alert_value: {
    label: "Alert value",
    view: view(alert, "AlertValue"),
    size: [2, 2],
    sample: { type: "alert_value", title: "", alert_id: "", unit: "auto", precision: 2 },
  },
  trace_service: {
    label: "Service summary",
    view: view(service, "ServiceSummary"),
    size: [12, 4],
    sample: {
      type: "trace_service",
      title: "",
      env: "*",
      service: "",
      span_name: "",
      display_format: "three_column",
      size_format: "medium",
      show_hits: true,
      show_errors: true,
      show_latency: true,
      show_resource_list: false,
    },
  },
  servicemap: {
    label: "Service map",
    view: view(service, "ServiceMap"),
    size: [6, 4],
    sample: { type: "servicemap", title: "", service: "", filters: ["env:*"] },
  },
  topology_map: { label: "Topology map", view: view(service, "ServiceMap") },
  flame_graph: { label: "Flame graph", view: view(() => import("./views/FlameGraph"), "FlameGraph") },
  split_group: { label: "Split graph", view: view(() => import("./views/Split"), "SplitGroup") },
  iframe: {
    label: "Iframe",
    view: view(cards, "IFrame"),
    size: [6, 4],
    sample: { type: "iframe", url: "https://" },
  },
  powerpack: { label: "Powerpack", view: view(cards, "MissingPowerpack") },
  run_workflow: { label: "Run workflow", view: view(cards, "RunWorkflow") },
  custom: { label: "Custom widget", view: view(cards, "EmbeddedApp") },
  embedded_app: { label: "Embedded app", view: view(cards, "EmbeddedApp") },
  funnel: {
    label: "Funnel",
    view: view(() => import("./views/Funnel"), "Funnel"),
    size: [4, 3],
    sample: {
      type: "funnel",
      title: "",
      requests: [{ request_type: "funnel", query: { data_source: "logs", query_string: "", steps: [] } }],
    },
  },
  cohort: { label: "Cohort", view: view(cards, "NoSuchData") },
  retention_curve: { label: "Retention curve", view: view(cards, "NoSuchData") },
  sankey: { label: "Sankey", view: view(cards, "NoSuchData") },
  bar_chart: {
    label: "Bar chart",
    view: view(() => import("./views/Toplist"), "Toplist"),
    size: [4, 3],
    sample: { type: "bar_chart", title: "", requests: [grouped] },
  },
  wildcard: {
    label: "Wildcard",
    view: view(() => import("./views/Wildcard"), "Wildcard"),
    size: [4, 3],
    sample: {
      type: "wildcard",
      title: "",
      requests: [grouped],
      specification: {
        type: "vega-lite",
        contents: {
          mark: "bar",
          encoding: {
            x: { field: "host", type: "nominal", sort: "-y" },
            y: { field: "query1", type: "quantitative" },
          },
        },
      },
    },
  },
  heatgrid: {
    label: "Heat grid",
    view: view(() => import("./views/Heatgrid"), "Heatgrid"),
    size: [6, 3],
    sample: {
      type: "heatgrid",
      title: "",
      requests: [
        {
          response_format: "timeseries",
          queries: [{ name: "query1", data_source: "metrics", query: "avg:system.cpu.user{*} by {host}" }],
          formulas: [{ formula: "query1" }],
        },
      ],
      sort: { nesting_display: "flat", sort_by: { property: "value", aggregation: "avg", order: "desc" } },
    },
  },
  point_plot: {
    label: "Point plot",
    view: view(() => import("./views/PointPlot"), "PointPlot"),
    size: [6, 3],
    sample: POINTS,
  },
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
  check_status: {
    label: "Check status",
    view: view(status, "CheckStatus"),
    size: [2, 1],
    sample: {
      type: "check_status",
      title: "",
      check: "datadog.agent.up",
      grouping: "cluster",
      group_by: [],
      tags: ["*"],
    },
  },
  manage_status: {
    label: "Monitor summary",
    view: view(status, "MonitorSummary"),
    size: [4, 3],
    sample: { type: "manage_status", title: "Monitors", query: "", display_format: "countsAndList" },
  },
  list_stream: {
    label: "List",
    view: view(() => import("./views/Stream"), "Stream"),
    size: [12, 4],
    sample: {
      type: "list_stream",
      title: "",
      requests: [
        {
          response_format: "event_list",
          query: { data_source: "logs_stream", query_string: "", indexes: [], storage: "hot" },
          columns: [
            { field: "status_line", width: "auto" },
            { field: "timestamp", width: "auto" },
            { field: "host", width: "auto" },
            { field: "service", width: "auto" },
            { field: "content", width: "full" },
          ],
        },
      ],
    },
  },
  log_stream: { label: "Log stream", view: view(() => import("./views/Stream"), "Stream") },
  event_stream: { label: "Event stream", view: view(() => import("./views/Stream"), "Stream") },
  free_text: {
    label: "Text",
    view: view(text, "FreeText"),
    size: [3, 1],
    sample: { type: "free_text", text: "Text" },
  },
  image: {
    label: "Image",
    view: view(text, "Picture"),
    size: [3, 2],
    sample: { type: "image", url: "https://", sizing: "contain" },
  },
};
