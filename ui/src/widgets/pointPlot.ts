/** Single events as points over time (`point_plot`). Pure. */

export interface Dimension {
  column: string;
  dimension: "group" | "radius" | "time" | "y";
  alias?: string;
}

export interface PlotRequest {
  source: string;
  search: string;
  limit: number;
  dimensions: Dimension[];
  /** Fields that are named with a point. */
  extra: string[];
}

export interface Point {
  id: string;
  /** UNIX milliseconds. */
  time: number;
  y: number;
  group: string;
  /** CSS pixels. */
  radius: number;
  /** `field: value` of each further field that it has. */
  extra: string[];
}

export interface Entry {
  id: string;
  attributes: Record<string, unknown>;
}

const MOST = 1000;
const [SMALL, LARGE] = [3, 12];

export function plotRequest(requests: unknown): PlotRequest {
  const [request] = (requests as Record<string, unknown>[] | undefined) ?? [];
  const query = (request?.query ?? {}) as { data_source?: string; query_string?: string };
  const projection = (request?.projection ?? {}) as {
    dimensions?: Dimension[];
    extra_columns?: string[];
  };
  return {
    source: query.data_source ?? "logs",
    search: query.query_string ?? "",
    limit: Math.max(1, Math.min(MOST, Number(request?.limit) || MOST)),
    dimensions: projection.dimensions ?? [],
    extra: projection.extra_columns ?? [],
  };
}

/** A field of an event: `@a.b` and `a.b` are attributes, anything else may be a tag. */
export function fieldOf(entry: Entry, field: string): unknown {
  const nested = entry.attributes.attributes as Record<string, unknown> | undefined;
  const path = field.replace(/^@/, "");
  const walked = path
    .split(".")
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], nested);
  if (walked !== undefined) return walked;
  const own = entry.attributes[path] ?? nested?.[path];
  if (own !== undefined) return own;
  const tag = (entry.attributes.tags as string[] | undefined)?.find((one) => one.startsWith(`${path}:`));
  return tag?.slice(path.length + 1);
}

/** UNIX milliseconds of a field, a number of them or a date; of the event itself without one. */
function timeOf(entry: Entry, field: string | undefined): number {
  const { timestamp, start_timestamp: start } = entry.attributes;
  const own = String(timestamp ?? start);
  const given = field && field !== "timestamp" ? fieldOf(entry, field) : own;
  return typeof given === "number" ? given : Date.parse(String(given));
}

export function pointsOf(
  entries: readonly Entry[],
  dimensions: readonly Dimension[],
  extra: readonly string[] = [],
): Point[] {
  const column = (name: Dimension["dimension"]) => dimensions.find((one) => one.dimension === name)?.column;
  const [y, group, radius, moment] = [column("y"), column("group"), column("radius"), column("time")];
  const sizes = entries.map((entry) => (radius ? Math.abs(Number(fieldOf(entry, radius))) || 0 : 0));
  const most = Math.max(0, ...sizes);
  return entries.flatMap((entry, i) => {
    const value = y === undefined ? Number.NaN : Number(fieldOf(entry, y) ?? Number.NaN);
    const time = timeOf(entry, moment);
    if (!Number.isFinite(value) || !Number.isFinite(time)) return [];
    const size = most > 0 ? SMALL + Math.sqrt(sizes[i]! / most) * (LARGE - SMALL) : 4;
    const named = extra.flatMap((field) => {
      const found = fieldOf(entry, field);
      return found === undefined || found === null ? [] : [`${field}: ${String(found)}`];
    });
    const name = group ? String(fieldOf(entry, group) ?? "") : "";
    return [{ id: entry.id, time, y: value, group: name, radius: size, extra: named }];
  });
}
