/** `list_stream`, `log_stream` and `event_stream`: the latest entries that match a search. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { request as call } from "~/api/client";
import { formatMoment } from "~/core/time";
import { Async, type Column, DataTable, Empty } from "~/ui";
import { useWidgetScope } from "../context";
import { type Window, windowOf } from "../request";
import type { WidgetDefinition } from "../types";
import { substitute } from "../variables";

interface Found {
  data: { id: string; attributes: Record<string, unknown> }[];
}

type Source = "logs" | "spans" | "events";

const ENDPOINTS: Record<Source, string> = {
  logs: "/api/v2/logs/events/search",
  spans: "/api/v2/spans/events/search",
  events: "/api/v2/events/search",
};

function read(definition: WidgetDefinition): { source: Source; text: string; fields: string[] } {
  if (definition.type === "event_stream") {
    return { source: "events", text: String(definition.query ?? ""), fields: ["timestamp", "content"] };
  }
  if (definition.type === "log_stream") {
    const fields = ["timestamp", ...((definition.columns as string[] | undefined) ?? []), "content"];
    return { source: "logs", text: String(definition.query ?? ""), fields: [...new Set(fields)] };
  }
  const request = (
    definition.requests as {
      query?: { data_source?: string; query_string?: string };
      columns?: { field: string }[];
    }[]
  )?.[0];
  const kind = request?.query?.data_source ?? "logs_stream";
  const source = kind.startsWith("event") ? "events" : kind.startsWith("trace") ? "spans" : "logs";
  const fields = request?.columns?.map((column) => column.field) ?? ["timestamp", "content"];
  return { source, text: request?.query?.query_string ?? "", fields };
}

function body(source: Source, text: string, window: Window): unknown {
  const filter = {
    query: text || "*",
    from: new Date(window.from).toISOString(),
    to: new Date(window.to).toISOString(),
  };
  const attributes = { filter, sort: "-timestamp", page: { limit: 100 } };
  return source === "spans" ? { data: { type: "search_request", attributes } } : attributes;
}

export function Stream({ definition }: { definition: WidgetDefinition }) {
  const { variables, chosen, window: page } = useWidgetScope();
  const window = windowOf(definition.time, page);
  const { source, text, fields } = read(definition);
  const search = substitute(text, variables, chosen);
  const query = useQuery({
    queryKey: ["stream", source, search, window.from, window.to],
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) =>
      call<Found>("POST", ENDPOINTS[source], { body: body(source, search, window), signal }),
  });
  return (
    <Async query={query} text={search}>
      {({ data }) =>
        data.length === 0 ? (
          <Empty title="Nothing matches in this window" />
        ) : (
          <DataTable
            label={definition.title ?? "Entries"}
            rows={data}
            columns={fields.map(column)}
            rowKey={(row) => row.id}
            rowHeight={22}
          />
        )
      }
    </Async>
  );
}

type Entry = Found["data"][number];

function column(field: string): Column<Entry> {
  const narrow = ["timestamp", "status_line", "status", "host", "service"].includes(field);
  return {
    key: field,
    title: field === "status_line" ? "" : field.replace(/^@/, ""),
    width:
      field === "status_line"
        ? "56px"
        : field === "timestamp"
          ? "150px"
          : narrow
            ? "minmax(70px, 120px)"
            : "minmax(120px, 1fr)",
    cell: (row) => <span className="truncate mono">{shown(row, field)}</span>,
  };
}

function shown(row: Entry, field: string): string {
  const attributes = row.attributes;
  if (field === "timestamp") return formatMoment(new Date(String(attributes.timestamp)).getTime());
  if (field === "status_line") return String(attributes.status ?? "");
  if (field === "content" || field === "message")
    return String(attributes.message ?? attributes.title ?? attributes.resource_name ?? "");
  const path = field.replace(/^@/, "");
  const nested = attributes.attributes as Record<string, unknown> | undefined;
  const value = attributes[path] ?? nested?.[path] ?? path.split(".").reduce<unknown>(step, nested);
  return value === undefined || value === null
    ? ""
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);
}

const step = (value: unknown, key: string) => (value as Record<string, unknown> | undefined)?.[key];
