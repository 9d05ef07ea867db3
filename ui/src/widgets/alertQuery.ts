/** The graph of a monitor as a widget: its query, its thresholds as markers. Pure. */
import type { WidgetDefinition } from "./types";

export interface MonitorParts {
  name: string;
  type: string;
  query: string;
  options?: { thresholds?: { critical?: number; warning?: number } };
}

/** `avg(last_5m):avg:x{*} > 3` watches `avg:x{*}` over five minutes; null where the query is of no metric. */
export function watchedQuery(query: string): { text: string; comparator: string } | null {
  const found =
    /^\s*(?:avg|sum|min|max|percentile|change|pct_change)\([^:]*\)\s*:\s*([\s\S]+?)\s*(>=|<=|>|<|==|!=)\s*-?[\d.e+-]+\s*$/.exec(
      query,
    );
  return found ? { text: found[1]!, comparator: found[2]! } : null;
}

export function alertGraph(definition: WidgetDefinition, monitor: MonitorParts): WidgetDefinition | null {
  const watched = watchedQuery(monitor.query);
  if (!watched) return null;
  const { title, title_align, time } = definition;
  const base = { title: title ?? monitor.name, title_align, time };
  if (definition.viz_type === "toplist") return { ...base, type: "toplist", requests: [{ q: watched.text }] };
  if (definition.viz_type === "value") {
    const { precision, unit, text_align } = definition;
    const custom = typeof unit === "string" && unit !== "auto" ? { custom_unit: unit } : {};
    const requests = [{ q: watched.text, aggregator: "last" }];
    return {
      ...base,
      type: "query_value",
      requests,
      autoscale: unit === undefined || unit === "auto",
      precision,
      text_align,
      ...custom,
    };
  }
  const { critical, warning } = monitor.options?.thresholds ?? {};
  const marker = (value: number | undefined, severity: string, label: string) =>
    value === undefined ? [] : [{ value: `y = ${value}`, display_type: `${severity} dashed`, label }];
  return {
    ...base,
    type: "timeseries",
    requests: [{ q: watched.text, display_type: "line" }],
    markers: [...marker(critical, "error", "Alert"), ...marker(warning, "warning", "Warning")],
  };
}
