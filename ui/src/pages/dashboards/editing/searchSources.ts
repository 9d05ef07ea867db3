/** The explorer whose data a data source has, and the columns of its lists. Pure. */

export type Explored = "logs" | "spans" | "events";

const EXPLORED: Record<string, Explored> = {
  logs: "logs",
  spans: "spans",
  events: "events",
  logs_stream: "logs",
  logs_pattern_stream: "logs",
  logs_transaction_stream: "logs",
  trace_stream: "spans",
  event_stream: "events",
};

export const exploredOf = (source: string): Explored | undefined => EXPLORED[source];

const COLUMNS: Record<string, readonly string[]> = {
  logs: ["status_line", "timestamp", "host", "service", "content"],
  spans: ["timestamp", "service", "operation_name", "resource_name", "duration", "@http.status_code"],
  events: ["status_line", "timestamp", "title", "content", "host", "source"],
  issues: ["status_line", "issue.last_seen", "issue.first_seen", "service", "error.type", "content"],
};

/** Columns that lists of a source have beside the fields of its data. */
export const columnsOf = (source: string): readonly string[] => COLUMNS[exploredOf(source) ?? "issues"] ?? [];

/** Columns by their names; those that were there keep their width. */
export function withFields(given: unknown, fields: readonly string[]): { field: string; width: string }[] {
  const known = new Map(
    (Array.isArray(given) ? given : []).map((one: { field?: string; width?: string }) => [one?.field, one]),
  );
  return fields.map((field) => ({
    field,
    width: known.get(field)?.width ?? (field === "content" ? "full" : "auto"),
  }));
}
