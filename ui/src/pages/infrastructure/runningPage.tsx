/** A list of what runs, searched, sorted and grouped by the server: processes and containers. */
import { type ReactNode, useEffect, useState } from "react";
import { Link } from "wouter";
import { formatAgo, timeAsked } from "~/core/time";
import { formatValue } from "~/core/units";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlParams } from "~/shell/url";
import {
  Async,
  Button,
  type Column,
  DataTable,
  Empty,
  Panel,
  SearchInput,
  Select,
  TagList,
  Toolbar,
  useFormer,
} from "~/ui";
import { type RunningGroup, useRunning, type What } from "./runningApi";
import { condition, readOrder, withCondition, writeOrder } from "./runningSearch";

export const percent = (value: number) => formatValue(value, [{ name: "percent" }]);
export const bytes = (value: number) => formatValue(value, [{ name: "byte" }]);
export const byteRate = (value: number) => formatValue(value, [{ name: "byte" }, { name: "second" }]);

/** Columns that processes and containers share. */
export function usageColumns<Row extends { cpu: number; rss: number }>(): Column<Row>[] {
  return [
    {
      key: "cpu",
      title: "CPU",
      cell: (row) => percent(row.cpu),
      sort: (row) => row.cpu,
      number: true,
      width: "90px",
    },
    {
      key: "rss",
      title: "RSS",
      cell: (row) => bytes(row.rss),
      sort: (row) => row.rss,
      number: true,
      width: "100px",
    },
  ];
}

export function hostColumn<Row extends { host: string }>(): Column<Row> {
  return {
    key: "host",
    title: "Host",
    cell: (row) => <span className="truncate">{row.host}</span>,
    sort: (row) => row.host,
    width: "minmax(120px, 1fr)",
  };
}

/** `started` is when it began, milliseconds. */
export function startedColumn<Row>(key: string, started: (row: Row) => number): Column<Row> {
  return {
    key,
    title: "Started",
    cell: (row) => formatAgo(started(row), Date.now()),
    sort: started,
    number: true,
    width: "100px",
  };
}

export function tagsColumn<Row extends { tags: string[] }>(): Column<Row> {
  return {
    key: "tags",
    title: "Tags",
    cell: (row) => <TagList tags={row.tags.slice(1)} limit={3} />,
    width: "minmax(160px, 2fr)",
  };
}

interface Props<Row> {
  title: string;
  what: What;
  one: string;
  many: string;
  placeholder: string;
  /** Fields that one can group by, before the keys of tags. */
  fields: readonly string[];
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
  panel: (row: Row, search: (text: string) => void, close: () => void) => ReactNode;
  /** What to do where nothing is reported at all. */
  setup: ReactNode;
}

export function RunningPage<Row>(props: Props<Row>) {
  const { title, what, one, many, placeholder, fields, columns, rowKey, panel, setup } = props;
  const [params, change] = useUrlParams();
  const query = params.get("query") ?? "";
  const by = params.get("group_by") ?? "";
  const order = readOrder(params.get("sort") ?? "");
  const { range } = useTimeRange();
  const running = useRunning<Row>(what, query, order, by, range);
  const former = useFormer(running, query, order, by, timeAsked(range));
  const search = useTyped(query, (text) => change({ query: text || null }));
  const selected = params.get("selected");
  const chosen = running.data?.rows.find((row) => rowKey(row) === selected);
  const add = (text: string) => change({ query: withCondition(query, text), group_by: null });
  const keys = [...new Set([...fields, ...(running.data?.keys ?? [])])];
  return (
    <Page title={title} time fill>
      <Toolbar>
        <div data-grow>
          <SearchInput main value={search.text} onChange={search.type} placeholder={placeholder} />
        </div>
        <Select
          label="Group by"
          value={by}
          onChange={(key) => change({ group_by: key || null, selected: null })}
          options={[{ value: "", label: "nothing" }, ...keys.map((key) => ({ value: key, label: key }))]}
        />
        <span className="muted num">
          {running.data && `${running.data.total} ${running.data.total === 1 ? one : many}`}
        </span>
      </Toolbar>
      <Panel style={{ flex: 1 }} busy={running.isFetching && running.isPlaceholderData}>
        <Async query={running} text={query} former={former}>
          {({ rows, groups, total }) => {
            if (total === 0)
              return (
                <Nothing many={many} query={query} setup={setup} onClear={() => change({ query: null })} />
              );
            if (by && groups.length > 0)
              return (
                <Groups by={by} many={many} groups={groups} onPick={(value) => add(condition(by, value))} />
              );
            return (
              <DataTable
                label={title}
                rows={rows}
                columns={columns}
                rowKey={rowKey}
                onRow={(row) => change({ selected: rowKey(row) })}
                selected={selected}
                initialSort={order}
                onSort={(next) => change({ sort: writeOrder(next) })}
              />
            );
          }}
        </Async>
      </Panel>
      {chosen && panel(chosen, add, () => change({ selected: null }))}
    </Page>
  );
}

/** What is typed, which becomes the search a moment later; a search from elsewhere replaces it. */
function useTyped(value: string, set: (text: string) => void) {
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setText(value);
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing starts the wait.
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => set(text), 300);
    return () => clearTimeout(timer);
  }, [text]);
  return { text, type: setText };
}

function Nothing(props: { many: string; query: string; setup: ReactNode; onClear: () => void }) {
  if (props.query)
    return (
      <Empty
        title={`No ${props.many} match the search`}
        actions={<Button onClick={props.onClear}>Clear the search</Button>}
      />
    );
  return (
    <Empty title={`No ${props.many} were reported`} actions={<Link href="/get-started">Get started</Link>}>
      {props.setup}
    </Empty>
  );
}

interface GroupsProps {
  by: string;
  many: string;
  groups: readonly RunningGroup[];
  onPick: (value: string) => void;
}

function Groups({ by, many, groups, onPick }: GroupsProps) {
  const columns: Column<RunningGroup>[] = [
    {
      key: "value",
      title: by,
      cell: (group) => group.values[0] || <span className="muted">no {by}</span>,
      sort: (group) => group.values[0] ?? "",
      width: "minmax(180px, 3fr)",
    },
    {
      key: "count",
      title: many[0]!.toUpperCase() + many.slice(1),
      cell: (group) => group.count,
      sort: (group) => group.count,
      number: true,
    },
    {
      key: "cpu",
      title: "CPU",
      cell: (group) => percent(group.cpu),
      sort: (group) => group.cpu,
      number: true,
    },
    { key: "rss", title: "RSS", cell: (group) => bytes(group.rss), sort: (group) => group.rss, number: true },
  ];
  return (
    <DataTable
      label={`${many} by ${by}`}
      rows={groups}
      columns={columns}
      rowKey={(group) => group.values.join("\n")}
      onRow={(group) => group.values[0] && onPick(group.values[0])}
      initialSort={{ key: "cpu", descending: true }}
    />
  );
}
