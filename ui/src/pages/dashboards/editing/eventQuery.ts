/** The parts of a query over logs, spans and events. Pure. */
import type { WidgetQuery } from "~/widgets/types";

interface Group {
  facet?: string;
  limit?: number;
  sort?: object;
}

export function computeOf(query: WidgetQuery): { aggregation: string; metric: string } {
  const compute = query.compute as { aggregation?: string; metric?: string } | undefined;
  return { aggregation: compute?.aggregation ?? "count", metric: compute?.metric ?? "" };
}

export function withCompute(query: WidgetQuery, aggregation: string, metric: string): WidgetQuery {
  const compute = {
    ...(query.compute as object),
    aggregation,
    metric: aggregation === "count" ? undefined : metric,
  };
  const order = aggregation === "count" ? { aggregation } : { aggregation, metric };
  const groups = groupsOf(query).groups.map((group) => ({ ...group, sort: { order: "desc", ...order } }));
  return { ...query, compute, ...(groups.length > 0 && { group_by: groups }) };
}

export function groupsOf(query: WidgetQuery): { groups: Group[]; fields: string[]; limit: number } {
  const given = query.group_by;
  const groups = Array.isArray(given)
    ? (given as Group[])
    : ((given as { fields?: string[]; limit?: number } | undefined)?.fields ?? []).map((facet) => ({
        facet,
        limit: (given as { limit?: number }).limit,
      }));
  return { groups, fields: groups.map((group) => group.facet ?? ""), limit: groups[0]?.limit ?? 10 };
}

/** One group a field, those that were there as they were. */
export function withGroups(query: WidgetQuery, fields: readonly string[], limit: number): WidgetQuery {
  const { groups } = groupsOf(query);
  const { aggregation, metric } = computeOf(query);
  const sort = { order: "desc", aggregation, ...(aggregation !== "count" && { metric }) };
  const wanted = fields.length === 1 && fields[0] === "" ? [] : fields;
  return {
    ...query,
    group_by: wanted.map((facet) => ({
      ...(groups.find((group) => group.facet === facet) ?? { sort }),
      facet,
      limit,
    })),
  };
}

/** A new query of a data source. */
export function newQuery(source: string, name: string, scalar: boolean): WidgetQuery {
  if (source === "metrics") {
    return {
      name,
      data_source: source,
      query: "avg:system.cpu.user{*}",
      ...(scalar && { aggregator: "avg" }),
    };
  }
  if (source === "apm_resource_stats") {
    return { name, data_source: source, env: "*", service: "", stat: "hits", group_by: ["resource_name"] };
  }
  if (source === "slo") {
    return { name, data_source: source, slo_id: "", measure: "slo_status", slo_query_type: "metric" };
  }
  return {
    name,
    data_source: source,
    search: { query: "" },
    indexes: ["*"],
    compute: { aggregation: "count" },
    group_by: [],
  };
}
