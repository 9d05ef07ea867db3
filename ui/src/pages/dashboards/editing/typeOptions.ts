/** The options of each widget type: where they are in the definition, and what they may be. */

export type OptionKind =
  | "text"
  | "long"
  | "json"
  | "number"
  | "check"
  | "select"
  | "list"
  | "columns"
  | "search"
  | "field"
  | "index"
  | "steps"
  | "dimension"
  | "slo"
  | "monitor";

export interface TypeOption {
  path: string;
  label: string;
  kind: OptionKind;
  options?: readonly string[];
  /** What holds while the field is absent. */
  fallback?: string | boolean;
  hint?: string;
  /** Shown only where this path has a value. */
  needs?: string;
  /** Of a list of dimensions: the one whose column this is. */
  dimension?: "y" | "group" | "radius" | "time";
  /** What goes away with the value. */
  holds?: string;
}

const text = (path: string, label: string, hint?: string): TypeOption => ({
  path,
  label,
  kind: "text",
  hint,
});
const search = (path: string): TypeOption => ({ path, label: "Search", kind: "search" });
const number = (path: string, label: string): TypeOption => ({ path, label, kind: "number" });
const check = (path: string, label: string, fallback = false): TypeOption => ({
  path,
  label,
  kind: "check",
  fallback,
});
const list = (path: string, label: string, hint = "Separated by commas"): TypeOption => ({
  path,
  label,
  kind: "list",
  hint,
});
const select = (
  path: string,
  label: string,
  options: readonly string[],
  fallback = options[0]!,
): TypeOption => ({
  path,
  label,
  kind: "select",
  options,
  fallback,
});

export const BACKGROUNDS = [
  "white",
  "blue",
  "purple",
  "pink",
  "orange",
  "yellow",
  "green",
  "gray",
  "vivid_blue",
  "vivid_purple",
  "vivid_pink",
  "vivid_orange",
  "vivid_yellow",
  "vivid_green",
  "transparent",
];
export const PALETTES = [
  "dog_classic",
  "datadog16",
  "semantic",
  "cool",
  "warm",
  "purple",
  "blue",
  "green",
  "orange",
  "red",
  "gray",
];
const FILLS = ["green_to_orange", "yellow_to_green", "hostmap_blues", "YlOrRd", "Plasma"];
const fills = (path: string) => select(path, "Palette", ["warm", ...FILLS], "warm");
const ALIGN = ["left", "center", "right"];
const SCALES = ["linear", "log", "sqrt", "pow2"];

const axis = (path: string, name: string): TypeOption[] => [
  select(`${path}.scale`, `${name} scale`, SCALES),
  text(`${path}.min`, `${name} minimum`, "auto, or a number"),
  text(`${path}.max`, `${name} maximum`, "auto, or a number"),
  check(`${path}.include_zero`, `${name} includes zero`, true),
  text(`${path}.label`, `${name} label`),
];

const COMPARED = "requests.0.comparison";
const comparison: TypeOption[] = [
  {
    ...select(
      `${COMPARED}.duration.type`,
      "Compare to",
      ["", "previous_timeframe", "previous_day", "previous_week", "previous_month"],
      "",
    ),
    holds: COMPARED,
  },
  { ...select(`${COMPARED}.type`, "Change as", ["absolute", "relative", "both"]), needs: COMPARED },
  {
    ...select(`${COMPARED}.directionality`, "Change is", ["neutral", "increase_better", "decrease_better"]),
    needs: COMPARED,
  },
];

const bars: TypeOption[] = [
  select("style.display.type", "Bars", ["flat", "stacked"]),
  select("style.display.legend", "Legend", ["automatic", "inline", "none"]),
  select("style.scaling", "Scaling", ["absolute", "relative"]),
  select("style.palette", "Palette", PALETTES),
];

const POINTS = "requests.0";

const event = [text("query", "Search"), select("tags_execution", "Tags", ["and", "or"], "and")];

export const TYPE_OPTIONS: Record<string, readonly TypeOption[]> = {
  timeseries: [
    check("show_legend", "Legend"),
    select("legend_layout", "Legend layout", ["auto", "horizontal", "vertical"]),
    list("legend_columns", "Legend columns", "avg, min, max, value, sum"),
    ...axis("yaxis", "Y-axis"),
    ...axis("right_yaxis", "Right axis"),
    check("requests.0.style.has_value_labels", "Value labels"),
  ],
  query_value: [
    check("autoscale", "Autoscale", true),
    number("precision", "Decimals"),
    text("custom_unit", "Unit", "At most 12 letters; never scaled"),
    select("text_align", "Alignment", ALIGN, "center"),
    select("timeseries_background.type", "Background graph", ["", "area", "bars"], ""),
    ...comparison,
  ],
  toplist: bars,
  bar_chart: bars,
  heatgrid: [
    select("label_column.width", "Labels", ["xs", "s", "m", "l", "xl"], "m"),
    select("sort.sort_by.property", "Sort by", ["value", "label"]),
    select("sort.sort_by.aggregation", "Value of a row", ["avg", "max", "min", "sum"]),
    select("sort.sort_by.order", "Direction", ["desc", "asc"]),
    check("legend.show_caption", "Caption"),
  ],
  funnel: [
    text("requests.0.query.query_string", "Search"),
    {
      path: "requests.0.query.steps",
      label: "Steps",
      kind: "steps",
      hint: "@http.url:/cart, @http.url:/paid",
    },
    text("requests.0.query.group_by.0.facet", "Group by", "service"),
    select("grouped_display", "Groups", ["stacked", "side_by_side"]),
  ],
  wildcard: [
    select("specification.type", "Language", ["vega-lite", "vega"]),
    { path: "specification.contents", label: "Specification", kind: "json" },
  ],
  point_plot: [
    select(`${POINTS}.query.data_source`, "Source", ["logs", "spans"]),
    text(`${POINTS}.query.query_string`, "Search"),
    ...(["y", "group", "radius", "time"] as const).map(
      (name, at): TypeOption => ({
        path: `${POINTS}.projection.dimensions`,
        label: ["Value", "Color by", "Size by", "Time"][at]!,
        kind: "dimension",
        dimension: name,
        hint: ["@duration", "service", "@bytes", "timestamp"][at],
      }),
    ),
    list(`${POINTS}.projection.extra_columns`, "Further fields", "Shown with a point, separated by commas"),
    number(`${POINTS}.limit`, "Points at most"),
    select("legend.type", "Legend", ["automatic", "none"]),
    ...axis("yaxis", "Y-axis"),
  ],
  topology_map: [
    text("requests.0.query.service", "Service"),
    list("requests.0.query.filters", "Filters", "env:prod"),
  ],
  query_table: [select("has_search_bar", "Search bar", ["auto", "always", "never"])],
  sunburst: [
    select("legend.type", "Legend", ["automatic", "inline", "table", "none"]),
    check("hide_total", "Hide total"),
    check("legend.hide_value", "Hide values"),
    check("legend.hide_percent", "Hide percentages"),
  ],
  treemap: [],
  heatmap: [
    ...axis("yaxis", "Y-axis"),
    number("xaxis.num_buckets", "Columns"),
    fills("requests.0.style.palette"),
  ],
  distribution: [
    number("xaxis.num_buckets", "Buckets"),
    ...axis("xaxis", "X-axis"),
    ...axis("yaxis", "Y-axis"),
    select("requests.0.style.palette", "Palette", PALETTES),
  ],
  scatterplot: [list("color_by_groups", "Color by"), ...axis("xaxis", "X-axis"), ...axis("yaxis", "Y-axis")],
  hostmap: [
    select("node_type", "Nodes", ["host", "container"]),
    select("style.palette", "Palette", FILLS),
    check("style.palette_flip", "Flip palette"),
    text("style.fill_min", "Fill minimum"),
    text("style.fill_max", "Fill maximum"),
    list("group", "Group by"),
    list("scope", "Filter by"),
    check("no_metric_hosts", "Show hosts without metric"),
    check("no_group_hosts", "Show ungrouped hosts", true),
    text("notes", "Notes"),
  ],
  geomap: [
    text("view.focus", "Focus", "WORLD, EMEA, a country's two letters"),
    select("style.palette", "Palette", ["hostmap_blues", ...FILLS.filter((one) => one !== "hostmap_blues")]),
    check("style.palette_flip", "Flip palette"),
  ],
  change: [
    select("requests.0.compare_to", "Compare to", [
      "hour_before",
      "day_before",
      "week_before",
      "month_before",
    ]),
    select("requests.0.change_type", "Change", ["absolute", "relative"]),
    select("requests.0.order_by", "Order by", ["change", "name", "present", "past"]),
    select("requests.0.order_dir", "Direction", ["desc", "asc"]),
    check("requests.0.increase_good", "Increase is good"),
    check("requests.0.show_present", "Show present value"),
  ],
  check_status: [
    text("check", "Check"),
    select("grouping", "Grouping", ["cluster", "check"]),
    list("tags", "Scope"),
    list("group_by", "Group by"),
    text("group", "Group", "host:a for one tile"),
  ],
  manage_status: [
    text("query", "Monitor search"),
    select("display_format", "Display", ["countsAndList", "counts", "list"]),
    select("sort", "Sort", [
      "status,asc",
      "status,desc",
      "name,asc",
      "name,desc",
      "triggered,desc",
      "priority,asc",
    ]),
    select("color_preference", "Color", ["text", "background"]),
    select("summary_type", "Summary of", ["monitors", "groups", "combined"]),
    check("hide_zero_counts", "Hide states without monitors", true),
    check("show_last_triggered", "Show last triggered"),
    check("show_priority", "Show priority"),
    check("show_status", "Show status", true),
    select("last_triggered_format", "Last triggered as", ["absolute", "relative"]),
  ],
  event_stream: [...event, select("event_size", "Size", ["s", "l"], "s")],
  event_timeline: event,
  list_stream: [
    select("requests.0.query.data_source", "Source", [
      "logs_stream",
      "logs_pattern_stream",
      "trace_stream",
      "event_stream",
      "issue_stream",
    ]),
    search("requests.0.query.query_string"),
    { path: "requests.0.query.indexes", label: "Index", kind: "index" },
    { path: "requests.0.query.sort.column", label: "Sort by", kind: "field", hint: "timestamp" },
    select("requests.0.query.sort.order", "Direction", ["desc", "asc"]),
    text(
      "requests.0.query.clustering_pattern_field_path",
      "Field of patterns",
      "The message where it is empty",
    ),
    { path: "requests.0.columns", label: "Columns", kind: "columns" },
  ],
  log_stream: [
    search("query"),
    list("columns", "Columns"),
    check("show_date_column", "Show date", true),
    check("show_message_column", "Show message", true),
    select("message_display", "Message", ["inline", "expanded-md", "expanded-lg"]),
  ],
  slo: [
    { path: "slo_id", label: "SLO", kind: "slo" },
    list("time_windows", "Time windows", "7d, 30d, 90d, week_to_date, month_to_date, global_time"),
    select("view_mode", "View", ["overall", "component", "both"]),
    check("show_error_budget", "Show error budget", true),
    text("global_time_target", "Target for global time"),
    text("additional_query_filters", "Filters", "env:prod; for SLOs that count events"),
  ],
  slo_list: [
    text("requests.0.query.query_string", "Search"),
    number("requests.0.query.limit", "Limit"),
    select("requests.0.query.sort.0.column", "Sort by", [
      "status.sli",
      "status.error_budget_remaining",
      "target",
      "name",
    ]),
    select("requests.0.query.sort.0.order", "Direction", ["asc", "desc"]),
  ],
  alert_graph: [
    { path: "alert_id", label: "Monitor", kind: "monitor" },
    select("viz_type", "Visualization", ["timeseries", "toplist"]),
  ],
  alert_value: [
    { path: "alert_id", label: "Monitor", kind: "monitor" },
    text("unit", "Unit"),
    number("precision", "Decimals"),
    select("text_align", "Alignment", ALIGN, "center"),
  ],
  trace_service: [
    text("env", "Environment"),
    text("service", "Service"),
    text("span_name", "Operation"),
    check("show_hits", "Requests", true),
    check("show_errors", "Errors", true),
    check("show_latency", "Latency", true),
    check("show_distribution", "Latency distribution"),
    check("show_breakdown", "Time spent by operation"),
    check("show_resource_list", "Resources"),
    select("size_format", "Size", ["small", "medium", "large"], "medium"),
    select("display_format", "Columns", ["one_column", "two_column", "three_column"], "two_column"),
  ],
  servicemap: [text("service", "Service"), list("filters", "Filters", "env:prod")],
  note: [
    { path: "content", label: "Markdown", kind: "long" },
    select("background_color", "Background", BACKGROUNDS),
    select("font_size", "Font size", ["12", "14", "16", "18", "24", "36", "48"], "14"),
    select("text_align", "Alignment", ALIGN),
    select("vertical_align", "Vertical alignment", ["top", "center", "bottom"]),
    check("has_padding", "Padding", true),
    check("show_tick", "Pointer"),
    select("tick_edge", "Pointer edge", ["left", "right", "top", "bottom"]),
    text("tick_pos", "Pointer position", "50%"),
  ],
  free_text: [
    { path: "text", label: "Text", kind: "long" },
    text("color", "Color", "#4d4d4d"),
    select("background_color", "Background", ["transparent", ...BACKGROUNDS.slice(0, -1)]),
    select("font_size", "Font size", ["auto", "14", "18", "24", "36", "48", "60", "72"]),
    select("text_align", "Alignment", ALIGN),
  ],
  image: [
    text("url", "Address"),
    text("url_dark_theme", "Address in the dark theme"),
    select("sizing", "Sizing", ["contain", "cover", "fill", "none", "scale-down"]),
    select("margin", "Margin", ["", "sm", "md", "lg"], ""),
    check("has_background", "Background", true),
    check("has_border", "Border", true),
    select("horizontal_align", "Alignment", ALIGN, "center"),
    select("vertical_align", "Vertical alignment", ["top", "center", "bottom"], "center"),
  ],
  iframe: [text("url", "Address", "https:// only")],
  group: [
    select("background_color", "Color", BACKGROUNDS),
    check("show_title", "Show title", true),
    select("title_align", "Title alignment", ALIGN),
    text("banner_img", "Banner address"),
  ],
  split_group: [
    text("split_config.split_dimensions.0.one_graph_per", "One graph per"),
    number("split_config.limit", "Limit"),
    select("split_config.sort.order", "Order", ["asc", "desc"]),
    select("size", "Size", ["xs", "sm", "md", "lg"], "md"),
    check("has_uniform_y_axes", "Same axes"),
  ],
  run_workflow: [text("workflow_id", "Workflow id")],
  powerpack: [
    text("powerpack_id", "Powerpack id"),
    select("background_color", "Color", BACKGROUNDS),
    check("show_title", "Show title", true),
  ],
};
