/** Host maps of containers: their queries, and their tags. Pure. */
import { withScope } from "./hostGroups";
import type { Row, Table } from "./tables";
import type { WidgetQuery, WidgetRequest } from "./types";

export interface NamedContainer {
  id: string;
  host: string;
  name: string;
  tags: readonly string[];
}

const OF_CONTAINERS = /^\s*(?:(avg|sum|min|max)\s*:)?\s*(process\.stat\.container\.[\w.]+)\s*\{([^{}]*)\}/;
/** So many containers are drawn. */
export const MOST_CONTAINERS = 500;
const NAMES = ["container_name", "host", "container_id"];

/**
 * The request by container within a scope: readings of containers are asked for as such, other metrics by their
 * tags of containers.
 */
export function containerRequest(request: WidgetRequest, scope: readonly string[]): WidgetRequest {
  const { q, queries } = request;
  const made = (query: WidgetQuery) => containerQuery(query, scope);
  if (q !== undefined) {
    const { q: _, ...rest } = request;
    const aggregator = request.aggregator ?? "avg";
    const query = made({ name: "query1", data_source: "metrics", query: q, aggregator });
    return { ...rest, response_format: "scalar", queries: [query], formulas: [{ formula: "query1" }] };
  }
  return { ...request, queries: queries?.map(made) };
}

function containerQuery(query: WidgetQuery, scope: readonly string[]): WidgetQuery {
  const found = OF_CONTAINERS.exec(query.query ?? "");
  if (query.data_source !== "metrics" || !found) {
    const [scoped] = withScope({ queries: [query] }, scope).queries as [WidgetQuery];
    return { ...scoped, query: byContainer(scoped.query) };
  }
  const [, aggregator = "avg", metric, inner = ""] = found;
  return {
    name: query.name,
    data_source: "container",
    metric,
    aggregator: query.aggregator ?? aggregator,
    text_filter: filterOf([...inner.split(/,|\s+AND\s+/), ...scope]),
    limit: MOST_CONTAINERS,
  };
}

/** Parts of a scope as a search: all of them hold. */
export function filterOf(parts: readonly string[]): string {
  const own = parts.map((part) => part.trim().replace(/^!/, "-")).filter((part) => part && part !== "*");
  return [...new Set(own)].join(" ");
}

function byContainer(text: string | undefined): string | undefined {
  return text?.replace(/\bby\s*\{([^}]*)\}/g, (_, inside: string) => {
    const keys = inside.split(",").map((key) => key.trim());
    return `by {${[...new Set([...keys, "container_name"])].filter(Boolean).join(",")}}`;
  });
}

/** The table with a column for each key, from the tags of the containers in it. */
export function withTags(
  table: Table,
  keys: readonly string[],
  containers: readonly NamedContainer[],
): Table {
  const added = keys.filter((key) => !table.groups.includes(key));
  const isRow = rowMatcher(table.groups);
  const rows = table.rows.map((row) => {
    const own = containers.find((one) => isRow(one, row));
    return { ...row, tags: [...row.tags, ...added.map((key) => (own ? tagOf(own, key) : ""))] };
  });
  return { ...table, groups: [...table.groups, ...added], rows };
}

/** Whether a row is of a container: by its name, and by host and id where the rows have them. */
function rowMatcher(groups: readonly string[]): (container: NamedContainer, row: Row) => boolean {
  const [name, host, id] = NAMES.map((key) => groups.indexOf(key)) as [number, number, number];
  return (container, { tags }) =>
    container.name === tags[name] &&
    (host < 0 || container.host === tags[host]) &&
    (id < 0 || container.id.startsWith(tags[id] ?? ""));
}

/** The table with a row without a value for each container that is not in it; unchanged if it is not by container. */
export function withMissing(table: Table, containers: readonly NamedContainer[]): Table {
  const named = table.groups.includes("container_name");
  if (table.rows.length > 0 && !named) return table;
  const groups = named ? table.groups : NAMES;
  const isRow = rowMatcher(groups);
  const rows = containers
    .filter((one) => !table.rows.some((row) => isRow(one, row)))
    .map((one) => ({ tags: groups.map((key) => tagOf(one, key)), values: [null] }));
  return { ...table, groups, rows: [...table.rows, ...rows] };
}

function tagOf(container: NamedContainer, key: string): string {
  if (key === "container_name") return container.name;
  if (key === "host") return container.host;
  if (key === "container_id") return container.id.slice(0, 12);
  return container.tags.find((tag) => tag.startsWith(`${key}:`))?.slice(key.length + 1) ?? "";
}
