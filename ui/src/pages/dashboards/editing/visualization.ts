/** Types whose data are lists of queries, and turning one into another. Pure. */
import { requestsOf } from "~/widgets/request";
import type { WidgetDefinition, WidgetRequest } from "~/widgets/types";
import { newQuery } from "./eventQuery";

/** One can be turned into another. */
export const KINDRED = [
  "timeseries",
  "query_value",
  "toplist",
  "bar_chart",
  "query_table",
  "sunburst",
  "treemap",
  "heatmap",
  "heatgrid",
  "distribution",
  "change",
];
const SCALAR = new Set([
  "query_value",
  "toplist",
  "bar_chart",
  "query_table",
  "sunburst",
  "treemap",
  "distribution",
  "change",
  "geomap",
  "hostmap",
  "scatterplot",
]);
const OVER_TIME = new Set(["timeseries", "heatmap", "heatgrid"]);
const SINGLE = new Set(["query_value", "change", "heatmap", "heatgrid", "distribution", "bar_chart"]);

/** Whether a type's queries are drawn over time or reduced to a number; null for types without queries. */
export function shapeOf(type: string): "timeseries" | "scalar" | null {
  if (OVER_TIME.has(type)) return "timeseries";
  return SCALAR.has(type) ? "scalar" : null;
}

/** The same of a definition: a wildcard draws either, or the entries of a list. */
export function shapeFor(definition: WidgetDefinition): "timeseries" | "scalar" | null {
  if (definition.type !== "wildcard") return shapeOf(definition.type);
  const request = (definition.requests as WidgetRequest[] | undefined)?.[0];
  if (request?.query) return null;
  return request?.response_format === "timeseries" ? "timeseries" : "scalar";
}

export function newRequest(shape: "timeseries" | "scalar"): WidgetRequest {
  const scalar = shape === "scalar";
  return {
    response_format: shape,
    queries: [newQuery("metrics", "query1", scalar)],
    formulas: [{ formula: "query1" }],
    ...(!scalar && { display_type: "line" as const }),
  };
}

/** The definition with its requests in the form that they had: a list, or an object by dimension. */
export function withRequests(definition: WidgetDefinition, requests: WidgetRequest[]): WidgetDefinition {
  const given: unknown = definition.requests;
  if (Array.isArray(given) || !given || typeof given !== "object" || "request_type" in given) {
    return { ...definition, requests };
  }
  const keys = Object.keys(given).filter((key) => (given as Record<string, unknown>)[key]);
  return { ...definition, requests: Object.fromEntries(keys.map((key, i) => [key, requests[i]])) };
}

/** The same requests under another type: what was a series becomes a number a group, and back. */
export function converted(draft: WidgetDefinition, type: string): WidgetDefinition {
  const scalar = shapeOf(type) === "scalar";
  const requests = requestsOf(draft).map((request) => {
    if (request.q) return request;
    const queries = request.queries?.map((query) => ({
      ...query,
      aggregator: scalar ? (query.aggregator ?? "avg") : undefined,
    }));
    return { ...request, queries, response_format: scalar ? ("scalar" as const) : ("timeseries" as const) };
  });
  return { ...draft, type, requests: SINGLE.has(type) ? requests.slice(0, 1) : requests };
}
