/** The public dashboard JSON, as far as the page reads it. Everything else in a definition is preserved. */

export interface WidgetQuery {
  name: string;
  data_source: string;
  query?: string;
  aggregator?: string;
  search?: { query: string };
  [key: string]: unknown;
}

export interface WidgetFormula {
  formula: string;
  alias?: string;
  limit?: { count?: number; order?: "asc" | "desc" };
  cell_display_mode?: "number" | "bar" | "trend";
  cell_display_mode_options?: { trend_type?: "area" | "bars" | "line"; y_scale?: "independent" | "shared" };
  conditional_formats?: ConditionalFormat[];
  number_format?: NumberFormatSpec;
  style?: { palette?: string; palette_index?: number };
}

export interface NumberFormatSpec {
  unit?: { type?: string; unit_name?: string; per_unit_name?: string; label?: string };
  unit_scale?: { type?: string; unit_name?: string };
}

export interface ConditionalFormat {
  comparator: ">" | ">=" | "<" | "<=" | "=" | "!=";
  value: number;
  palette: string;
  custom_bg_color?: string;
  custom_fg_color?: string;
  image_url?: string;
  hide_value?: boolean;
  timeframe?: string;
}

export interface WidgetStyle {
  palette?: string;
  line_type?: "solid" | "dashed" | "dotted";
  line_width?: "normal" | "thin" | "thick";
  /** `tags` (alphabetical) or `values` (by the current value, largest first). */
  order_by?: "tags" | "values";
  has_value_labels?: boolean;
  [key: string]: unknown;
}

export interface WidgetRequest {
  q?: string;
  queries?: WidgetQuery[];
  formulas?: WidgetFormula[];
  response_format?: "timeseries" | "scalar" | "event_list";
  display_type?: "line" | "area" | "bars" | "overlay";
  aggregator?: string;
  alias?: string;
  style?: WidgetStyle;
  metadata?: { expression: string; alias_name?: string }[];
  conditional_formats?: ConditionalFormat[];
  sort?: {
    count?: number;
    order_by?: { type: "formula" | "group"; index?: number; name?: string; order: "asc" | "desc" }[];
  };
  on_right_yaxis?: boolean;
  limit?: number;
  order?: "asc" | "desc";
  [key: string]: unknown;
}

export interface WidgetAxis {
  min?: string;
  max?: string;
  scale?: string;
  include_zero?: boolean;
  label?: string;
}

export interface WidgetMarker {
  value: string;
  display_type?: string;
  label?: string;
}

export interface WidgetTime {
  live_span?: string;
  type?: "live" | "fixed";
  unit?: string;
  value?: number;
  from?: number;
  to?: number;
}

export interface WidgetDefinition {
  type: string;
  title?: string;
  title_align?: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape differs by widget type; each widget narrows it
  requests?: any;
  time?: WidgetTime;
  yaxis?: WidgetAxis;
  right_yaxis?: WidgetAxis;
  markers?: WidgetMarker[];
  /** Searches of events to draw over the graph. */
  events?: { q: string }[];
  custom_links?: { label?: string; link?: string; override_label?: string; is_hidden?: boolean }[];
  show_legend?: boolean;
  legend_columns?: string[];
  legend_layout?: string;
  widgets?: Widget[];
  [key: string]: unknown;
}

export interface WidgetLayout {
  x: number;
  y: number;
  width: number;
  height: number;
  /** The first widget of the second column. */
  is_column_break?: boolean;
}

export interface Widget {
  id?: number;
  definition: WidgetDefinition;
  layout?: WidgetLayout;
}

export interface TemplateVariable {
  name: string;
  prefix?: string | null;
  default?: string | null;
  defaults?: string[] | null;
  available_values?: string[] | null;
}

export interface DashboardTab {
  id: string;
  name: string;
  /** Ids of widgets, or `@N` for the N-th. */
  widget_ids?: (string | number)[];
}

export interface Dashboard {
  id: string;
  title: string;
  description?: string | null;
  layout_type: "ordered" | "free";
  reflow_type?: "auto" | "fixed" | null;
  is_read_only?: boolean;
  widgets: Widget[];
  template_variables?: TemplateVariable[] | null;
  tabs?: DashboardTab[] | null;
  author_handle?: string;
  author_name?: string | null;
  created_at?: string;
  modified_at?: string;
  url?: string;
  notify_list?: string[] | null;
  tags?: string[] | null;
}

/** What is chosen for each template variable: no value or `*` means everything. */
export type Chosen = Record<string, string[]>;
