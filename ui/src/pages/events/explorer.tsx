/** Events: what happened, newest first: deploys, changes of monitors, what people and agents wrote. */

import { useState } from "react";
import { useEvent, useEvents } from "~/api/events";
import { type Event, kindOf, momentOf, textOf, titleOf } from "~/core/event";
import { formatMoment, formatWhole } from "~/core/time";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlParams } from "~/shell/url";
import {
  Async,
  Button,
  CodeBlock,
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
import { Markdown } from "~/ui/markdown";

export default function Events() {
  const [params, change] = useUrlParams();
  const text = params.get("query") ?? "";
  const [typed, setTyped] = useState(text);
  const { range } = useTimeRange();
  const query = useEvents(text, range);
  const open = params.get("id") ?? "";
  const rows = query.data?.pages.flatMap((page) => page.data) ?? [];
  const search = () => change({ query: typed });
  return (
    <Page title="Events" time fill>
      <Toolbar>
        <form
          data-grow
          onSubmit={(event) => {
            event.preventDefault();
            search();
          }}
        >
          <SearchInput
            main
            value={typed}
            onChange={setTyped}
            placeholder="source:deploy status:error host:web-1 “words”"
          />
        </form>
        <Button onClick={search}>Search</Button>
      </Toolbar>
      <Async query={{ ...query, data: query.data && rows }} text={text}>
        {() =>
          rows.length === 0 ? (
            <Empty title="No event in this window">
              Agents, monitors and <code>api.Event.create</code> write events.
            </Empty>
          ) : (
            <DataTable
              label="Events"
              rows={rows}
              columns={COLUMNS}
              rowKey={(event) => event.id}
              onRow={(event) => change({ id: event.id }, true)}
              selected={open}
            />
          )
        }
      </Async>
      {query.hasNextPage && (
        <Button size="small" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          Load older
        </Button>
      )}
      {open && <Details id={open} onClose={() => change({ id: null }, true)} />}
    </Page>
  );
}

const STATES: Record<string, State> = { error: "alert", warning: "warn", success: "ok" };
const stateOf = (event: Event) => STATES[event.attributes.attributes.status ?? ""] ?? "info";

const COLUMNS: Column<Event>[] = [
  {
    key: "kind",
    title: "",
    width: "104px",
    cell: (event) => <Status state={stateOf(event)}>{kindOf(event)}</Status>,
  },
  {
    key: "time",
    title: "When",
    width: "170px",
    cell: (event) => <span className="num">{formatMoment(momentOf(event))}</span>,
  },
  {
    key: "title",
    title: "Event",
    width: "minmax(260px, 3fr)",
    cell: (event) => <span className="truncate">{titleOf(event)}</span>,
  },
  {
    key: "source",
    title: "Source",
    width: "120px",
    cell: (event) => <span className="truncate">{event.attributes.attributes.source_type_name}</span>,
  },
  {
    key: "host",
    title: "Host",
    width: "140px",
    cell: (event) => <span className="truncate">{event.attributes.attributes.hostname}</span>,
  },
  {
    key: "tags",
    title: "Tags",
    width: "minmax(160px, 1.4fr)",
    cell: (event) => <TagList tags={event.attributes.tags} limit={3} />,
  },
];

function Details({ id, onClose }: { id: string; onClose: () => void }) {
  const query = useEvent(id);
  return (
    <Drawer title={query.data ? titleOf(query.data) : "Event"} open onClose={onClose}>
      <Async query={query}>{(event) => <Whole event={event} />}</Async>
    </Drawer>
  );
}

function Whole({ event }: { event: Event }) {
  const own = event.attributes.attributes;
  const { text, markdown } = textOf(event);
  return (
    <div style={{ display: "grid", gap: "var(--s-5)" }}>
      <div>
        <Status state={stateOf(event)}>{kindOf(event)}</Status>
      </div>
      {markdown ? (
        <div>
          <Markdown>{text}</Markdown>
        </div>
      ) : (
        <p style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{text}</p>
      )}
      <Properties
        items={[
          ["When", formatWhole(momentOf(event))],
          ["Host", own.hostname ?? ""],
          ["Source", own.source_type_name ?? ""],
          ["Priority", own.priority ?? ""],
        ]}
      />
      <TagList tags={event.attributes.tags} />
      <CodeBlock code={JSON.stringify(own, null, 2)} />
    </div>
  );
}
