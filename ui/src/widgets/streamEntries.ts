/** Fetches the entries of a list: logs, spans, events, issues of error tracking. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { request as call } from "~/api/client";
import { useWidgetScope } from "./context";
import { timeAskedOf, type Window, windowOf } from "./request";
import { type IssueFilter, type StreamRequest, streamRequest } from "./streamColumns";
import type { WidgetDefinition } from "./types";
import { substitute } from "./variables";

export interface Entry {
  id: string;
  attributes: Record<string, unknown>;
}

interface Found {
  data: Entry[];
}

const ENDPOINTS = {
  logs: "/api/v2/logs/events/search",
  spans: "/api/v2/spans/events/search",
  events: "/api/v2/events/search",
};
const MAX_ROWS = 100;
/** Patterns are counted over so many lines. */
const MAX_LINES = 1000;

/** What a list shows, and what it asks for; nothing is asked for where its data are not stored. */
export function useEntries(definition: WidgetDefinition) {
  const { variables, chosen, window: page, refresh } = useWidgetScope();
  const window = windowOf(definition.time, page);
  const stream = useMemo(() => streamRequest(definition), [definition]);
  const search = substitute(stream.text, variables, chosen).replace(/\$[A-Za-z_][\w.-]*/g, "*");
  const query = useQuery({
    queryKey: ["stream", stream, search, window.from, window.to],
    placeholderData: keepPreviousData,
    enabled: stream.missing === undefined,
    retry: false,
    queryFn: ({ signal }) => entriesOf(stream, search, window, signal),
  });
  return { stream, search, time: timeAskedOf(definition.time, page, refresh !== null), query };
}

/** The entries of a window; `text` has the variables put in. */
export async function entriesOf(
  stream: StreamRequest,
  text: string,
  window: Window,
  signal: AbortSignal,
): Promise<Entry[]> {
  const { source, ascending, patterns, sortBy, indexes } = stream;
  if (source === "issues") return issuesOf(stream.issues!, text, window, signal);
  const filter = {
    query: text || "*",
    from: new Date(window.from).toISOString(),
    to: new Date(window.to).toISOString(),
    ...(indexes && { indexes }),
  };
  if (sortBy && !patterns) {
    const query = {
      by: sortBy,
      order: ascending ? "asc" : "desc",
      query: filter.query,
      start: filter.from,
      end: filter.to,
      limit: MAX_ROWS,
      ...(indexes && { indexes: indexes.join(",") }),
    };
    return (await call<Found>("GET", "/api/ui/logs/sorted", { query, signal })).data;
  }
  const sort = ascending ? "timestamp" : "-timestamp";
  const attributes = { filter, sort, page: { limit: patterns ? MAX_LINES : MAX_ROWS } };
  const body = source === "spans" ? { data: { type: "search_request", attributes } } : attributes;
  return (await call<Found>("POST", ENDPOINTS[source], { body, signal })).data;
}

interface Issues {
  data: { id: string; attributes: { total_count: number; impacted_users: number } }[];
  included: { id: string; type: string; attributes: Record<string, unknown> }[];
}

async function issuesOf(
  { track, persona, states, assignees }: IssueFilter,
  text: string,
  window: Window,
  signal: AbortSignal,
): Promise<Entry[]> {
  const attributes = {
    query: text || "*",
    from: Math.floor(window.from),
    to: Math.ceil(window.to),
    ...(track ? { track } : { persona }),
    ...(states.length > 0 && { states }),
    ...(assignees.length > 0 && { assignee_ids: assignees }),
  };
  const found = await call<Issues>("POST", "/api/v2/error-tracking/issues/search", {
    query: { include: "issue" },
    body: { data: { type: "search_request", attributes } },
    signal,
  });
  return issueEntries(found);
}

/** Issues with the fields that lists name. */
export function issueEntries({ data, included }: Issues): Entry[] {
  const issues = new Map(included.map((one) => [one.id, one.attributes]));
  return data.flatMap(({ id, attributes: counts }) => {
    const issue = issues.get(id);
    if (!issue) return [];
    const { state, error_type: type, error_message: message, service } = issue;
    const fields = {
      "issue.count": counts.total_count,
      "issue.users": counts.impacted_users,
      "issue.state": state,
      "issue.first_seen": issue.first_seen,
      "issue.last_seen": issue.last_seen,
      "error.type": type,
      "error.message": message,
    };
    const status = state === "RESOLVED" || state === "IGNORED" ? "ok" : "error";
    return [
      { id, attributes: { ...issue, ...fields, service, message, status, timestamp: issue.last_seen } },
    ];
  });
}
