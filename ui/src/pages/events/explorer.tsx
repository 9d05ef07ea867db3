/** Events: what happened, newest first: deploys, changes of monitors, what people and agents wrote. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { request } from "~/api/client";
import { formatMoment } from "~/core/time";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlState } from "~/shell/url";
import {
  Async,
  type Column,
  DataTable,
  Drawer,
  Empty,
  Properties,
  SearchInput,
  type State,
  Status,
  TagList,
  Toolbar,
} from "~/ui";

interface Event {
  id: number;
  id_str?: string;
  title: string;
  text: string;
  date_happened: number;
  host: string | null;
  source?: string;
  source_type_name?: string;
  alert_type: string;
  priority: string;
  tags: string[];
}

const STATES: Record<string, State> = { error: "alert", warning: "warn", success: "ok", info: "info" };

export default function Events() {
  const [search, setSearch] = useUrlState("query");
  const { range } = useTimeRange();
  const [open, setOpen] = useState<Event>();
  const query = useQuery({
    queryKey: ["events", range.from, range.to],
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) =>
      request<{ events: Event[] }>("GET", "/api/v1/events", {
        query: { start: Math.floor(range.from / 1000), end: Math.ceil(range.to / 1000), unaggregated: true },
        signal,
      }),
  });
  const wanted = search.toLowerCase();
  return (
    <Page title="Events" time fill>
      <Toolbar>
        <SearchInput main value={search} onChange={setSearch} placeholder="Search titles, texts and tags" />
      </Toolbar>
      <Async query={query}>
        {({ events }) => {
          const rows = events.filter((event) =>
            `${event.title} ${event.text} ${event.tags.join(" ")}`.toLowerCase().includes(wanted),
          );
          return rows.length === 0 ? (
            <Empty title="No event in this window" />
          ) : (
            <DataTable
              label="Events"
              rows={rows}
              columns={COLUMNS}
              rowKey={keyOf}
              onRow={setOpen}
              selected={open && keyOf(open)}
            />
          );
        }}
      </Async>
      {open && (
        <Drawer title={open.title} open onClose={() => setOpen(undefined)}>
          <div style={{ display: "grid", gap: "var(--s-5)" }}>
            <p style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{open.text}</p>
            <Properties
              items={[
                ["When", formatMoment(open.date_happened * 1000)],
                ["Host", open.host ?? ""],
                ["Source", open.source_type_name ?? open.source ?? ""],
                ["Priority", open.priority],
              ]}
            />
            <TagList tags={open.tags} />
          </div>
        </Drawer>
      )}
    </Page>
  );
}

const keyOf = (event: Event) => event.id_str ?? String(event.id);

const COLUMNS: Column<Event>[] = [
  {
    key: "type",
    title: "",
    width: "96px",
    cell: (event) => <Status state={STATES[event.alert_type] ?? "info"}>{event.alert_type}</Status>,
  },
  {
    key: "time",
    title: "When",
    width: "190px",
    sort: (event) => event.date_happened,
    cell: (event) => <span className="num">{formatMoment(event.date_happened * 1000)}</span>,
  },
  {
    key: "title",
    title: "Event",
    width: "minmax(260px, 3fr)",
    cell: (event) => <span className="truncate">{event.title}</span>,
  },
  {
    key: "host",
    title: "Host",
    sort: (event) => event.host,
    cell: (event) => <span className="truncate">{event.host}</span>,
  },
  { key: "tags", title: "Tags", cell: (event) => <TagList tags={event.tags} limit={3} /> },
];
