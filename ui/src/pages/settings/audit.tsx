/** The audit trail: who changed what, from where, with the values before and after; and logins. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { request } from "~/api/client";
import { formatMoment } from "~/core/time";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlState } from "~/shell/url";
import {
  Button,
  type Column,
  DataTable,
  Drawer,
  Empty,
  Failure,
  Loading,
  Properties,
  SearchInput,
  Toolbar,
} from "~/ui";
import css from "./settings.module.css";

interface Change {
  table: string;
  key: string;
  name: string;
  action: string;
  previous_value: Record<string, unknown>;
  new_value: Record<string, unknown>;
}

interface AuditEvent {
  id: string;
  attributes: {
    message: string;
    timestamp: string;
    attributes: {
      evt: { name: string };
      action: string;
      usr?: { email?: string };
      asset?: { type: string; id: string; name: string };
      network: { client: { ip: string } };
      auth_method?: string;
      http?: { method: string; url_details: { path: string }; status_code: number };
      changes?: Change[];
    };
  };
}

interface Answer {
  data: AuditEvent[];
  meta: { page: { after?: string } };
}

const PAGE = 100;

export default function AuditTrail() {
  const { range } = useTimeRange();
  const [query, setQuery] = useUrlState("query", "");
  const [open, setOpen] = useState<AuditEvent>();
  const events = useInfiniteQuery({
    queryKey: ["audit", query, range.from, range.to],
    queryFn: ({ pageParam, signal }) =>
      request<Answer>("POST", "/api/v2/audit/events/search", {
        body: {
          filter: { query, from: String(range.from), to: String(range.to) },
          page: { limit: PAGE, ...(pageParam && { cursor: pageParam }) },
        },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (last) => last.meta.page.after,
  });
  const rows = events.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Page title="Audit trail" time fill>
      <Toolbar>
        <SearchInput main value={query} onChange={setQuery} placeholder="Search events" />
        <span className="muted">
          For example <code>action:deleted @usr.email:ann*</code>
        </span>
      </Toolbar>
      {events.isPending && <Loading />}
      {events.error && <Failure error={events.error} onRetry={() => events.refetch()} />}
      {events.data && rows.length === 0 && (
        <Empty title="No events found">No changes or logins in the selected time range.</Empty>
      )}
      {rows.length > 0 && (
        <DataTable
          label="Audit trail"
          rows={rows}
          columns={COLUMNS}
          rowKey={(row) => row.id}
          onRow={setOpen}
          selected={open?.id ?? null}
        />
      )}
      {events.hasNextPage && (
        <Button disabled={events.isFetchingNextPage} onClick={() => events.fetchNextPage()}>
          Load more
        </Button>
      )}
      <Drawer
        title={open?.attributes.message ?? ""}
        open={open !== undefined}
        onClose={() => setOpen(undefined)}
        width={720}
      >
        {open && <Details event={open} />}
      </Drawer>
    </Page>
  );
}

const COLUMNS: Column<AuditEvent>[] = [
  {
    key: "time",
    title: "Time",
    width: "190px",
    sort: (row) => row.attributes.timestamp,
    cell: (row) => <span className="num">{formatMoment(Date.parse(row.attributes.timestamp))}</span>,
  },
  {
    key: "event",
    title: "Event",
    width: "200px",
    sort: (row) => row.attributes.attributes.evt.name,
    cell: (row) => row.attributes.attributes.evt.name,
  },
  {
    key: "message",
    title: "Message",
    width: "minmax(240px, 3fr)",
    cell: (row) => <span className="truncate">{row.attributes.message}</span>,
  },
  {
    key: "address",
    title: "Address",
    width: "140px",
    cell: (row) => row.attributes.attributes.network.client.ip,
  },
];

function Details({ event }: { event: AuditEvent }) {
  const { attributes: shown, timestamp } = event.attributes;
  return (
    <>
      <Properties
        items={[
          ["Time", formatMoment(Date.parse(timestamp))],
          ["Action", shown.action],
          ...(shown.usr?.email ? [["User", shown.usr.email] as const] : []),
          ["Address", shown.network.client.ip],
          ...(shown.auth_method ? [["Signed in by", shown.auth_method.toLowerCase()] as const] : []),
          ...(shown.http
            ? [["Request", `${shown.http.method} ${shown.http.url_details.path}`] as const]
            : []),
        ]}
      />
      {shown.changes?.map((change, index) => (
        <section key={index} className={css.change}>
          <h3>
            {change.action} {change.table} {change.name || change.key}
          </h3>
          <Properties items={pairs(change)} />
        </section>
      ))}
    </>
  );
}

function pairs(change: Change): [string, string][] {
  const names = new Set([...Object.keys(change.previous_value), ...Object.keys(change.new_value)]);
  return [...names]
    .map((name): [string, string, string] => [
      name,
      text(change.previous_value[name]),
      text(change.new_value[name]),
    ])
    .filter(([, before, after]) => before !== after)
    .map(([name, before, after]) => [name, `${before} → ${after}`]);
}

function text(value: unknown): string {
  if (value === null || value === undefined || value === "") return "none";
  return typeof value === "string" ? value : JSON.stringify(value);
}
