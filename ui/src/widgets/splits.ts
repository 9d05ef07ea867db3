/** A graph split by the values of a tag: the same definition with one more filter each. Pure. */
import { requestsOf } from "./request";
import type { WidgetDefinition, WidgetQuery, WidgetRequest } from "./types";

export interface SplitConfig {
  split_dimensions?: { one_graph_per?: string }[];
  limit?: number;
  sort?: { order?: "asc" | "desc" };
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
  const key = splitKey(config);
  const limit = Math.min(MOST, config.limit ?? 24);
  const fixed = config.static_splits?.flatMap((split) => split[0]?.tag_values ?? []);
  const ordered = fixed ?? [...values].sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
  if (!fixed && config.sort?.order === "desc") ordered.reverse();
  return ordered.slice(0, limit).map((value) => ({
    ...source,
    title: value,
    requests: requestsOf(source).map((request) => filtered(request, key, value)),
  }));
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
