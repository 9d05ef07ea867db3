/** Groups of a host map: their keys are added to its queries, and its hosts put together by them. Pure. */
import { isObject, listOf, textOf } from "./readDefinition";
import type { Row } from "./tables";
import type { WidgetDefinition } from "./types";

/** The request of a newer map, which has its options; some write it as a list of one. */
export function infrastructureOf(definition: WidgetDefinition): Record<string, unknown> {
  const requests: unknown = definition.requests;
  const request = Array.isArray(requests) ? requests[0] : requests;
  return isObject(request) ? request : {};
}

/** What a query can group by: a text with blanks would make it another query. */
const TAG_KEY = /^[\p{L}_@][\p{L}\p{N}_.\-/]*$/u;

/** Tag keys of `group_by` of a newer map: `key` within the column `tags`, or the column itself. */
export function groupKeys(groups: unknown): string[] {
  return listOf(groups).flatMap((one) => {
    const given = isObject(one) ? [textOf(one.key), textOf(one.column)] : [];
    return given.find((key) => TAG_KEY.test(key)) ?? [];
  });
}

/** The request with the keys among those that its query groups by. */
export function withGroups<T extends object>(request: T, keys: readonly string[]): T {
  if (keys.length === 0) return request;
  const add = (text: string) =>
    text.replace(/\bby\s*\{([^}]*)\}/g, (_, inside: string) => {
      const known = inside
        .split(",")
        .map((key) => key.trim())
        .filter(Boolean);
      return `by {${[...new Set([...known, ...keys])].join(",")}}`;
    });
  return rewritten(request, add);
}

/** The request within further parts of a scope, as `scope` of older maps and `filter` of newer ones say. */
export function withScope<T extends object>(request: T, parts: readonly string[]): T {
  const own = parts.filter((part) => part !== "" && part !== "*");
  if (own.length === 0) return request;
  const add = (text: string) =>
    text.replace(/(:\s*[A-Za-z][\w.]*\s*)\{([^{}]*)\}/g, (_, before: string, inner: string) => {
      const known = inner
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== "" && part !== "*");
      return `${before}{${[...new Set([...known, ...own])].join(",")}}`;
    });
  return rewritten(request, add);
}

/** Which tags of a row make the name of its hexagon: those that are no groups. */
export function nameIndexes(columns: readonly string[], keys: readonly string[]): number[] {
  const own = columns.flatMap((column, i) => (keys.includes(column) ? [] : [i]));
  return own.length > 0 ? own : columns.map((_, i) => i);
}

export interface HostGroup {
  name: string;
  rows: Row[];
}

/** Rows by the values of the keys, in the order of their names; all together without keys. */
export function grouped(
  rows: readonly Row[],
  columns: readonly string[],
  keys: readonly string[],
): HostGroup[] {
  const indexes = keys.map((key) => columns.indexOf(key)).filter((index) => index >= 0);
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const name = indexes.map((index) => `${columns[index]}:${row.tags[index] || "N/A"}`).join(", ");
    const members = found.get(name);
    if (members) members.push(row);
    else found.set(name, [row]);
  }
  return [...found]
    .map(([name, members]) => ({ name, rows: members }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

interface NamedHost {
  name: string;
  tags: readonly string[];
}

/** Rows without a value for the hosts that are in none of `rows`; empty where these are not by host. */
export function missingHosts(
  rows: readonly Row[],
  columns: readonly string[],
  hosts: readonly NamedHost[],
): Row[] {
  const at = columns.indexOf("host");
  if (at < 0) return [];
  const known = new Set(rows.map((row) => row.tags[at]));
  const value = (host: NamedHost, key: string) =>
    key === "host"
      ? host.name
      : (host.tags.find((tag) => tag.startsWith(`${key}:`))?.slice(key.length + 1) ?? "");
  return hosts
    .filter((host) => !known.has(host.name))
    .map((host) => ({ tags: columns.map((key) => value(host, key)), values: [null] }));
}

/** The request with each text of a query rewritten. */
function rewritten<T extends object>(request: T, rewrite: (text: string) => string): T {
  const { q, queries } = request as { q?: string; queries?: { query?: string }[] };
  return {
    ...request,
    ...(typeof q === "string" && { q: rewrite(q) }),
    ...(Array.isArray(queries) && {
      queries: queries.map((query) =>
        typeof query.query === "string" ? { ...query, query: rewrite(query.query) } : query,
      ),
    }),
  };
}
