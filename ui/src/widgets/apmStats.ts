/** `apm_stats_query` of older tables: a column a statistic, as queries of trace statistics. Pure. */
import { isObject, textOf } from "./readDefinition";
import type { WidgetFormula, WidgetQuery, WidgetRequest } from "./types";

export interface ApmStats {
  env?: string;
  name?: string;
  /** `key:value`, or `*`. */
  primary_tag?: string;
  resource?: string;
  row_type?: "service" | "resource" | "span";
  service?: string;
  columns?: { name: string; alias?: string; order?: "asc" | "desc"; cell_display_mode?: string }[];
}

/** Statistics by the letters and digits of a column's name. */
const STATS: Record<string, string> = {
  hits: "hits",
  requests: "hits",
  count: "hits",
  hitspersecond: "hits_per_second",
  requestspersecond: "hits_per_second",
  rps: "hits_per_second",
  errors: "errors",
  errorspersecond: "errors_per_second",
  errorrate: "error_rate",
  errorpercent: "error_rate",
  pcterrors: "error_rate",
  latency: "latency_avg",
  latencyavg: "latency_avg",
  avglatency: "latency_avg",
  avgduration: "latency_avg",
  latencymax: "latency_max",
  maxlatency: "latency_max",
  time: "total_time",
  totaltime: "total_time",
  apdex: "apdex",
};
const GROUPS = { service: "service", resource: "resource_name", span: "operation_name" };
const WITHOUT_COLUMNS = [{ name: "hits" }, { name: "errors" }, { name: "latency_avg" }];

/** The statistic that a column shows; undefined for a name that is none. */
export function statOf(name: unknown): string | undefined {
  if (typeof name !== "string") return undefined;
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, "");
  const percentile = /^(?:latency)?p(50|75|90|95|99|999)(?:latency)?$/.exec(plain);
  return percentile ? `latency_p${percentile[1]}` : STATS[plain];
}

/** The columns of a definition that somebody may have written by hand; what is no object is a column without a name. */
function columnsOf(stats: ApmStats): Partial<NonNullable<ApmStats["columns"]>[number]>[] {
  const given: unknown = stats.columns;
  return Array.isArray(given) ? given.map((column) => (isObject(column) ? column : {})) : [];
}

/** Columns of names that are no statistics; an empty name for a column without one. */
export function unknownColumns(stats: ApmStats): string[] {
  return columnsOf(stats)
    .filter(({ name }) => !statOf(name))
    .map(({ name }) => String(name ?? ""));
}

export function fromApmStats(stats: ApmStats): Pick<WidgetRequest, "queries" | "formulas" | "sort"> {
  type Column = NonNullable<ApmStats["columns"]>[number];
  const known = columnsOf(stats).filter((column): column is Column => statOf(column.name) !== undefined);
  const columns: Column[] = known.length > 0 ? known : WITHOUT_COLUMNS;
  const [tag, ...value] = textOf(stats.primary_tag).split(":");
  const queries = columns.map(
    ({ name }, i): WidgetQuery => ({
      name: `query${i + 1}`,
      data_source: "apm_resource_stats",
      env: stats.env,
      service: stats.service,
      stat: statOf(name)!,
      group_by: [GROUPS[stats.row_type ?? "service"] ?? "service"],
      ...(stats.name && { operation_name: stats.name }),
      ...(stats.resource && { resource_name: stats.resource }),
      ...(value.length > 0 && { primary_tag_name: tag, primary_tag_value: value.join(":") }),
    }),
  );
  const formulas = columns.map(
    ({ name, alias, cell_display_mode }, i): WidgetFormula => ({
      formula: `query${i + 1}`,
      alias: alias || name,
      ...(cell_display_mode && { cell_display_mode: cell_display_mode as "number" }),
    }),
  );
  const by = columns.findIndex((column) => column.order);
  return {
    queries,
    formulas,
    ...(by >= 0 && {
      sort: { order_by: [{ type: "formula" as const, index: by, order: columns[by]!.order! }] },
    }),
  };
}
