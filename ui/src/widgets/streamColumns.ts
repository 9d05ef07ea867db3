/** What `list_stream` and its older kin list: the source, the search, the fields. Pure. */
import { isObject, listOf, textOf, textsOf } from "./readDefinition";
import type { WidgetDefinition } from "./types";

export type StreamSource = "logs" | "spans" | "events" | "issues";

export interface StreamColumn {
  field: string;
  width: "auto" | "compact" | "full";
}

export interface StreamRequest {
  source: StreamSource;
  text: string;
  columns: StreamColumn[];
  /** Oldest first, or lowest first in `sortBy`. */
  ascending: boolean;
  /** Indexes of logs, or one historical view; all indexes without any. */
  indexes?: string[];
  /** The field of logs by which they are ordered; by time without one. */
  sortBy?: string;
  /** Which issues of error tracking. */
  issues?: IssueFilter;
  /** A name of something that is not stored here, such as real-user sessions. */
  missing?: string;
  /** Lines that look alike are counted together. */
  patterns?: boolean;
  /** Of patterns: the field that is clustered in place of the message, and fields that keep them apart. */
  field?: string;
  groups?: string[];
  /** Lines of text that each entry shows. */
  lines?: number;
}

/** Filters as the search of issues takes them. */
export interface IssueFilter {
  track?: "trace" | "logs";
  persona?: "ALL" | "BACKEND";
  states: string[];
  assignees: string[];
}

const SOURCES: Record<string, StreamSource> = {
  issue_stream: "issues",
  apm_issue_stream: "issues",
  logs_issue_stream: "issues",
  logs_stream: "logs",
  logs_pattern_stream: "logs",
  logs_transaction_stream: "logs",
  event_stream: "events",
  trace_stream: "spans",
};

interface ListRequest {
  query?: {
    data_source?: string;
    query_string?: string;
    indexes?: string[];
    sort?: { column?: string; order?: string };
    event_size?: string;
    clustering_pattern_field_path?: string;
    group_by?: { facet?: string }[];
    persona?: string;
    states?: string[];
    assignee_uuids?: string[];
  };
  columns?: { field: string; width?: string }[];
}

const auto = (...fields: string[]): StreamColumn[] =>
  fields.map((field) => ({ field, width: "auto" as const }));

export function streamRequest(definition: WidgetDefinition): StreamRequest {
  if (definition.type === "event_stream") {
    const fields =
      definition.event_size === "s"
        ? ["status_line", "timestamp", "title"]
        : ["status_line", "timestamp", "title", "content"];
    return {
      source: "events",
      // Older searches of events have a blank after the colon.
      text: String(definition.query ?? "").replace(/(\w):\s+(?=\S)/g, "$1:"),
      columns: auto(...fields),
      ascending: false,
    };
  }
  if (definition.type === "log_stream") return logStream(definition);
  const request = (definition.requests as ListRequest[] | undefined)?.[0] ?? {};
  const kind = String(request.query?.data_source ?? "logs_stream");
  const source = SOURCES[kind];
  const missing = missingOf(kind, request);
  const given = listOf(request.columns).flatMap((column): StreamColumn[] => {
    const { field, width } = isObject(column) ? column : {};
    if (typeof field !== "string") return [];
    return [{ field, width: width === "compact" || width === "full" ? width : "auto" }];
  });
  const base =
    source === "events"
      ? auto("status_line", "timestamp", "title", ...(request.query?.event_size === "l" ? ["content"] : []))
      : source === "issues"
        ? auto(...ISSUE_FIELDS)
        : auto("status_line", "timestamp", "content");
  const column = textOf(request.query?.sort?.column);
  return {
    source: source ?? "logs",
    text: textOf(request.query?.query_string),
    columns: given.length > 0 ? given : base,
    ascending: request.query?.sort?.order === "asc",
    ...(missing && { missing }),
    ...(source === "logs" && indexesOf(request.query?.indexes)),
    ...(source === "logs" && column && !BY_TIME.has(column) && { sortBy: fieldOf(column) }),
    ...(source === "issues" && { issues: issueFilter(kind, request) }),
    ...(kind === "logs_pattern_stream" && {
      patterns: true,
      field: textOf(request.query?.clustering_pattern_field_path) || undefined,
      groups: listOf(request.query?.group_by).flatMap((group) =>
        isObject(group) ? textOf(group.facet) || [] : [],
      ),
    }),
  };
}

/** The names, unless they mean all. */
function indexesOf(given: unknown): Pick<StreamRequest, "indexes"> {
  const names = textsOf(given).filter(Boolean);
  return names.length === 0 || names.includes("*") ? {} : { indexes: names };
}

/** What issues show where no column is named. */
export const ISSUE_FIELDS = [
  "status_line",
  "issue.last_seen",
  "service",
  "error.type",
  "content",
  "issue.count",
];
const BY_TIME = new Set(["timestamp", "date"]);
const FIELDS: Record<string, string> = { content: "message", status_line: "status" };

/** The field of the search language that a column shows. */
const fieldOf = (column: string) => FIELDS[column] ?? column.replace(/^core_/, "").replace(/^tag_/, "");

function missingOf(kind: string, { query }: ListRequest): string | undefined {
  if (!SOURCES[kind]) return kind.replace(/_stream$/, "").replaceAll("_", " ");
  const persona = kind === "issue_stream" ? query?.persona : undefined;
  return persona === "browser" || persona === "mobile" ? `${persona} issue` : undefined;
}

function issueFilter(kind: string, { query }: ListRequest): IssueFilter {
  const rest = { states: textsOf(query?.states), assignees: textsOf(query?.assignee_uuids) };
  if (kind === "apm_issue_stream") return { track: "trace", ...rest };
  if (kind === "logs_issue_stream") return { track: "logs", ...rest };
  return { persona: query?.persona === "backend" ? "BACKEND" : "ALL", ...rest };
}

/** Lines of a message by `message_display`; one where it is inline. */
const LINES: Record<string, number> = { "expanded-md": 3, "expanded-lg": 10 };

function logStream(definition: WidgetDefinition): StreamRequest {
  const given = textsOf(definition.columns).filter((name) => name !== "core_status");
  const names: Record<string, string> = {
    core_host: "host",
    core_service: "service",
    core_timestamp: "timestamp",
  };
  const fields = [
    "status_line",
    ...(definition.show_date_column === false ? [] : ["timestamp"]),
    ...given.map((name) => names[name] ?? name),
    ...(definition.show_message_column === false ? [] : ["content"]),
  ];
  const order = (definition.sort as { order?: string } | undefined)?.order;
  return {
    source: "logs",
    text: String(definition.query ?? ""),
    columns: auto(...new Set(fields)),
    ascending: order === "asc",
    ...indexesOf(definition.indexes),
    // Without the message there is nothing that takes more lines.
    ...(definition.show_message_column !== false &&
      LINES[String(definition.message_display)] && { lines: LINES[String(definition.message_display)] }),
  };
}

/** A line without what differs from one to the next: numbers, ids, quoted texts. */
export function patternOf(line: string): string {
  return line
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "*")
    .replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{12,}\b/gi, "*")
    .replace(/"[^"]*"|'[^']*'/g, "*")
    .replace(/\d+(?:[.:,]\d+)*/g, "*")
    .slice(0, 300);
}
