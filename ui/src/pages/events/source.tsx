/** Events as a source of the explorer. */
import { Link } from "wouter";
import { request } from "~/api/client";
import { type Event, kindOf, momentOf, textOf, titleOf } from "~/core/event";
import { formatWhole } from "~/core/time";
import { filterOf } from "~/explorer/api";
import { tagValues, valueAt } from "~/explorer/format";
import { JsonTree, ValueMenu } from "~/explorer/jsonTree";
import css from "~/explorer/panels.module.css";
import type { ExplorerSource, RowActions } from "~/explorer/types";
import { Properties, type State, Status } from "~/ui";
import { Markdown } from "~/ui/markdown";

interface Answer {
  data: Event[];
  meta?: { page?: { after?: string } };
}

const STATES: Record<string, State> = {
  error: "alert",
  warning: "warn",
  warn: "warn",
  success: "ok",
  ok: "ok",
};
const stateOf = (event: Event) => STATES[event.attributes.attributes.status ?? ""] ?? "info";

/** Fields of the search that events have under another name. */
const NAMES: Record<string, string> = {
  host: "hostname",
  source: "source_type_name",
  status: "status",
  priority: "priority",
  aggregation_key: "aggregation_key",
};

export const EVENTS: ExplorerSource<Event> = {
  name: "events",
  title: "Events",
  noun: ["event", "events"],
  placeholder: "source:deploy status:error host:web-1 “words”",
  statusField: "status",
  timelineFields: ["status", "source", "host"],
  columns: [
    {
      field: "status",
      title: "Status",
      width: "100px",
      cell: (event) => <Status state={stateOf(event)}>{kindOf(event)}</Status>,
    },
    { field: "source", title: "Source", width: "120px" },
    { field: "host", title: "Host", width: "140px" },
  ],
  defaultColumns: ["status", "source", "host"],
  measures: [],
  fetchPage: async ({ query, range, newestFirst, cursor, signal }) => {
    const answer = await request<Answer>("POST", "/api/v2/events/search", {
      body: {
        filter: { ...filterOf(query, range), query },
        sort: newestFirst ? "-timestamp" : "timestamp",
        page: { limit: 200, ...(cursor && { cursor }) },
      },
      signal,
    });
    return { rows: answer.data, after: answer.meta?.page?.after };
  },
  fetchRow: async (id, signal) =>
    (await request<{ data: Event }>("GET", `/api/v2/events/${encodeURIComponent(id)}`, { signal })).data,
  rowKey: (event) => event.id,
  rowTime: momentOf,
  rowStatus: (event) => event.attributes.attributes.status || "info",
  rowText: (event) => titleOf(event),
  valueOf: (event, field) => {
    const own = event.attributes.attributes;
    if (field.startsWith("@")) return valueAt(own, field.slice(1));
    if (NAMES[field]) return own[NAMES[field]];
    return tagValues(event.attributes.tags, field).join(", ") || undefined;
  },
  panelTitle: titleOf,
  Panel: EventPanel,
  empty: (
    <>
      Agents, monitors and <code>api.Event.create</code> send events.
    </>
  ),
  patterns: true,
  dataSource: "events",
};

function EventPanel({ row, actions }: { row: Event; actions: RowActions }) {
  const own = row.attributes.attributes;
  const { text, markdown } = textOf(row);
  return (
    <div className={css.details}>
      <div>
        <Status state={stateOf(row)}>{kindOf(row)}</Status>
      </div>
      {markdown ? (
        <div>
          <Markdown>{text}</Markdown>
        </div>
      ) : (
        <p style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere", margin: 0 }}>{text}</p>
      )}
      <Properties
        items={[
          ["Date", formatWhole(momentOf(row))],
          [
            "Host",
            own.hostname ? (
              <Link key="host" href={`/infrastructure?host=${encodeURIComponent(own.hostname)}`}>
                {own.hostname}
              </Link>
            ) : (
              ""
            ),
          ],
          ["Source", own.source_type_name ?? ""],
          ["Priority", own.priority ?? ""],
        ]}
      />
      <div className={css.tags}>
        {row.attributes.tags.map((tag) => {
          const colon = tag.indexOf(":");
          const [field, value] = colon > 0 ? [tag.slice(0, colon), tag.slice(colon + 1)] : ["tags", tag];
          return (
            <span key={tag} className={css.chip}>
              <ValueMenu field={field} value={value} actions={actions} label={tag} />
            </span>
          );
        })}
      </div>
      <JsonTree value={own} actions={actions} />
    </div>
  );
}
