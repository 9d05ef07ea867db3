/** A graph split by the values of a tag: the same definition with one more filter each. Pure. */
import { requestsOf } from "./request";
import type { WidgetDefinition, WidgetQuery, WidgetRequest } from "./types";

export interface SplitConfig {
  split_dimensions?: { one_graph_per?: string }[];
  limit?: number;
  sort?: { order?: "asc" | "desc"; compute?: { aggregation?: string; metric?: string } };
  static_splits?: { tag_key: string; tag_values: string[] }[][];
}

const MOST = 100;

/** The tag that each graph has one value of. */
export function splitKey(config: SplitConfig): string {
  return (
    config.split_dimensions?.[0]?.one_graph_per ??
    config.static_splits?.[0]?.[0]?.tag_key ??
    ""
  ).replace(/^@/, "");
}

/** The first metric of the source, whose tags give the values. */
export function splitMetric(source: WidgetDefinition): string | null {
  for (const request of requestsOf(source)) {
    const text = request.q ?? request.queries?.find((query) => query.data_source === "metrics")?.query;
    const found = /:\s*([A-Za-z][\w.]*)\s*\{/.exec(text ?? "");
    if (found) return found[1]!;
  }
  return null;
}

export function splitDefinitions(
  source: WidgetDefinition,
  config: SplitConfig,
  values: readonly string[],
): WidgetDefinition[] {
  const limit = Math.min(MOST, config.limit ?? 24);
  return splitsOf(config, values)
    .slice(0, limit)
    .map((split) => ({
      ...source,
      title: split.map(({ value }) => value).join(", "),
      requests: requestsOf(source).map((request) =>
        split.reduce((one, { key, value }) => filtered(one, key, value), request),
      ),
    }));
}

interface Filter {
  key: string;
  value: string;
}

/** The filters of each graph: those that the author chose, or one a value of the tag, in its order. */
function splitsOf(config: SplitConfig, values: readonly string[]): Filter[][] {
  if (config.static_splits) {
    return config.static_splits.map((split) =>
      split.flatMap(({ tag_key, tag_values }) =>
        tag_values.map((value) => ({ key: tag_key.replace(/^@/, ""), value })),
      ),
    );
  }
  const key = splitKey(config);
  // Values that were ranked by a metric come in their order.
  const ordered = config.sort?.compute?.metric
    ? [...values]
    : [...values].sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
  if (!config.sort?.compute?.metric && config.sort?.order === "desc") ordered.reverse();
  return ordered.map((value) => [{ key, value }]);
}

/** The query whose groups are the values in the order that `sort.compute` asks for; null for their names' order. */
export function rankingQuery(config: SplitConfig): WidgetQuery | null {
  const { metric, aggregation = "avg" } = config.sort?.compute ?? {};
  if (!metric || config.static_splits) return null;
  const space = ["avg", "sum", "min", "max"].includes(aggregation) ? aggregation : "avg";
  return {
    name: "rank",
    data_source: "metrics",
    query: `${space}:${metric}{*} by {${splitKey(config)}}`,
    aggregator: space,
  };
}

/** The request with `key:value` in all of its scopes and searches. */
export function filtered(request: WidgetRequest, key: string, value: string): WidgetRequest {
  const scope = (text: string) =>
    text.replace(/(:\s*[A-Za-z][\w.]*\s*)\{([^{}]*)\}/g, (_, before: string, inner: string) => {
      const rest = inner.trim();
      return `${before}{${rest === "*" || rest === "" ? "" : `${rest},`}${key}:${value}}`;
    });
  const query = (one: WidgetQuery): WidgetQuery => ({
    ...one,
    ...(one.query !== undefined && { query: scope(one.query) }),
    ...(one.search && { search: { query: `${one.search.query} ${key}:"${value}"`.trim() } }),
  });
  return {
    ...request,
    ...(request.q !== undefined && { q: scope(request.q) }),
    ...(request.queries && { queries: request.queries.map(query) }),
  };
}
