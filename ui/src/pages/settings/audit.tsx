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
  Menu,
  MenuItem,
  Properties,
  SearchInput,
  Toolbar,
  toast,
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
    <Page
      title="Audit trail"
      time
      fill
      actions={<ExportMenu query={query} from={range.from} to={range.to} />}
    >
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
          <Difference change={change} />
        </section>
      ))}
    </>
  );
}

/** The values before and after, side by side; of long texts and objects the lines that differ. */
function Difference({ change }: { change: Change }) {
  const names = new Set([...Object.keys(change.previous_value), ...Object.keys(change.new_value)]);
  const rows = [...names]
    .map((name) => [name, text(change.previous_value[name]), text(change.new_value[name])] as const)
    .filter(([, before, after]) => before !== after);
  return (
    <table className={css.difference}>
      <thead>
        <tr>
          <th>Field</th>
          <th>Before</th>
          <th>After</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, before, after]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>
              <Lines of={before} other={after} mark="del" />
            </td>
            <td>
              <Lines of={after} other={before} mark="ins" />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Lines({ of: shown, other, mark: Mark }: { of: string; other: string; mark: "del" | "ins" }) {
  if (shown === "") return <span className="muted">–</span>;
  const others = new Set(other.split("\n"));
  return (
    <pre>
      {shown.split("\n").map((line, index) => {
        const text = `${line}\n`;
        return others.has(line) ? <span key={index}>{text}</span> : <Mark key={index}>{text}</Mark>;
      })}
    </pre>
  );
}

function text(value: unknown): string {
  if (value === null || value === undefined || value === "") return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

/** At most this many events are exported at once. */
const MOST_EXPORTED = 10_000;

/** All events of the search as CSV or JSON, a page after the other. */
async function exported(query: string, from: number, to: number): Promise<AuditEvent[]> {
  const found: AuditEvent[] = [];
  let cursor = "";
  do {
    const answer = await request<Answer>("POST", "/api/v2/audit/events/search", {
      body: {
        filter: { query, from: String(from), to: String(to) },
        page: { limit: 1000, ...(cursor && { cursor }) },
      },
    });
    found.push(...answer.data);
    cursor = answer.meta.page.after ?? "";
  } while (cursor && found.length < MOST_EXPORTED);
  return found;
}

function csv(events: readonly AuditEvent[]): string {
  const rows = events.map(({ attributes: { timestamp, message, attributes: shown } }) => [
    timestamp,
    shown.usr?.email ?? "",
    shown.evt.name,
    shown.action,
    shown.asset?.type ?? "",
    shown.asset?.id ?? "",
    shown.asset?.name ?? "",
    shown.network.client.ip,
    message,
  ]);
  const head = [
    "time",
    "user",
    "event",
    "action",
    "asset_type",
    "asset_id",
    "asset_name",
    "address",
    "message",
  ];
  return [head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n");
}

/** Quoted; a leading sign that a spreadsheet would take for a formula is made text. */
function cell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return `"${safe.replaceAll('"', '""')}"`;
}

function save(name: string, type: string, content: string) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

function ExportMenu({ query, from, to }: { query: string; from: number; to: number }) {
  const [busy, setBusy] = useState(false);
  const run = async (kind: "csv" | "json") => {
    setBusy(true);
    try {
      const events = await exported(query, from, to);
      const content = kind === "csv" ? csv(events) : JSON.stringify(events, null, 2);
      save(`audit-trail.${kind}`, kind === "csv" ? "text/csv" : "application/json", content);
      toast(`Exported ${events.length} events`);
    } catch (error) {
      toast((error as Error).message, "alert");
    } finally {
      setBusy(false);
    }
  };
  return (
    <Menu
      align="end"
      trigger={
        <Button icon="download" disabled={busy}>
          {busy ? "Exporting…" : "Export"}
        </Button>
      }
    >
      <MenuItem onSelect={() => void run("csv")}>CSV</MenuItem>
      <MenuItem onSelect={() => void run("json")}>JSON</MenuItem>
    </Menu>
  );
}
