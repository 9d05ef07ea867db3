/** The graphs of a service summary, made of its trace metrics. Pure. */
import type { WidgetDefinition } from "./types";

const query = (text: string, display_type: "line" | "bars", palette: string, alias: string) => ({
  response_format: "timeseries" as const,
  display_type,
  style: { palette },
  queries: [{ name: "q", data_source: "metrics", query: text }],
  formulas: [{ formula: "q", alias }],
});

const inUnit = (unit_name: string) => ({
  formula: "q",
  number_format: { unit: { type: "canonical_unit", unit_name } },
});

/**
 * Which of the summary's parts are drawn: `show_hits`, `show_errors` and `show_latency` unless they are false;
 * `show_distribution`, `show_breakdown` and `show_resource_list` where they are true.
 */
export function serviceGraphs(definition: WidgetDefinition): WidgetDefinition[] {
  const { time } = definition;
  const text = (name: string) => (typeof definition[name] === "string" ? (definition[name] as string) : "");
  const [service, env, operation] = [text("service"), text("env"), text("span_name")];
  const scope = [`service:${service}`, env && env !== "*" ? `env:${env}` : ""].filter(Boolean).join(",");
  const metric = (name: string) => `trace.${operation}${name}`;
  const graph = (title: string, requests: object[]): WidgetDefinition => ({
    type: "timeseries",
    title,
    time,
    requests,
  });
  const shows = (name: string) => definition[name] !== false;
  const graphs: WidgetDefinition[] = [];
  if (shows("show_hits")) {
    graphs.push(
      graph("Requests", [query(`sum:${metric(".hits")}{${scope}}.as_count()`, "bars", "cool", "Requests")]),
    );
  }
  if (shows("show_errors")) {
    graphs.push(
      graph("Errors", [query(`sum:${metric(".errors")}{${scope}}.as_count()`, "bars", "red", "Errors")]),
    );
  }
  if (shows("show_latency")) {
    const latency = ["p50", "p95", "p99"].map((name) =>
      query(`${name}:${metric("")}{${scope}}`, "line", "dog_classic", name),
    );
    graphs.push(graph("Latency", latency));
  }
  if (definition.show_distribution === true) {
    const points = { name: "q", data_source: "metrics", query: `histogram:${metric("")}{${scope}}` };
    graphs.push({
      type: "distribution",
      title: "Latency distribution",
      time,
      requests: [{ response_format: "scalar", queries: [points], formulas: [inUnit("second")] }],
    });
  }
  if (definition.show_breakdown === true) {
    const spent = {
      response_format: "timeseries" as const,
      display_type: "area" as const,
      style: { palette: "datadog16" },
      queries: [
        {
          name: "q",
          data_source: "spans",
          search: { query: [`service:${service}`, env && env !== "*" ? `env:${env}` : ""].join(" ").trim() },
          compute: { aggregation: "sum", metric: "@duration" },
          group_by: [
            {
              facet: "operation_name",
              limit: 10,
              sort: { aggregation: "sum", metric: "@duration", order: "desc" },
            },
          ],
        },
      ],
      formulas: [inUnit("nanosecond")],
    };
    graphs.push(graph("Time spent by operation", [spent]));
  }
  if (definition.show_resource_list === true) {
    const table = {
      response_format: "scalar",
      queries: [
        {
          name: "hits",
          data_source: "metrics",
          query: `sum:${metric(".hits")}{${scope}} by {resource_name}.as_count()`,
          aggregator: "sum",
        },
        {
          name: "latency",
          data_source: "metrics",
          query: `p95:${metric("")}{${scope}} by {resource_name}`,
          aggregator: "avg",
        },
      ],
      formulas: [
        { formula: "hits", alias: "Requests" },
        { formula: "latency", alias: "p95" },
      ],
    };
    graphs.push({ type: "query_table", title: "Resources", time, requests: [table] });
  }
  return graphs;
}
