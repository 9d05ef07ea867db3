/** The explorer of logs, spans and events: search, facets, timeline, list, patterns, analytics, views, live tail. */

import { type ReactNode, useCallback, useEffect, useMemo, useState } from "react";
import { timeAsked } from "~/core/time";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlParams } from "~/shell/url";
import {
  Async,
  Button,
  Empty,
  IconButton,
  Menu,
  MenuItem,
  Notice,
  Segments,
  Select,
  Toolbar,
  useFormer,
} from "~/ui";
import {
  type ExplorerState,
  LINES,
  type MessageDisplay,
  readState,
  VISUALIZATIONS,
  viewState,
  writeState,
} from "./address";
import { Analytics } from "./analytics";
import { readOf, type SavedView, useFields, useRows, useViews } from "./api";
import css from "./explorer.module.css";
import { ExportMenu } from "./exportMenu";
import { monitorParams } from "./exports";
import { FacetRail } from "./facetRail";
import { formatWhole } from "./format";
import { Patterns } from "./patterns";
import { RowList } from "./rowList";
import { RowPanel } from "./rowPanel";
import { SearchBar } from "./searchBar";
import { withTerm, withText } from "./terms";
import { Timeline } from "./timeline";
import type { ExplorerSource, RowActions } from "./types";
import { useTail } from "./useTail";
import { ViewsMenu } from "./viewsMenu";

export interface ExplorerProps<Row> {
  source: ExplorerSource<Row>;
  /** Beside the saved views: links to other pages of the same kind. */
  actions?: ReactNode;
  /** Between the search and the list, for what only this source has. */
  children?: (query: string) => ReactNode;
}

const NONE: never[] = [];

export function Explorer<Row>({ source, actions, children }: ExplorerProps<Row>) {
  const [params, setParams] = useUrlParams();
  const { range } = useTimeRange();
  const state = useMemo(
    () => readState(params, source.defaultColumns, source.timelineFields[0]!),
    [params, source],
  );
  const settings = source.settings ?? source.name;
  const [ownFacets, setOwnFacets] = useOwnFacets(settings);
  const [ownMeasures, setOwnMeasures] = useOwnFacets(`${settings}.measures`);
  const [rail, setRail] = useState(() => localStorage.getItem("explorer.rail") !== "closed");
  const reads = readOf(source);
  const fields = useFields(reads, range);
  const change = useCallback(
    (next: Partial<ExplorerState>, push = true) => setParams(writeState(next), push),
    [setParams],
  );
  useDefaultView(source.name, params, setParams);
  const search = (query: string) => change({ query });
  const toggleRail = () => {
    localStorage.setItem("explorer.rail", rail ? "closed" : "open");
    setRail(!rail);
  };
  const toggleColumn = (field: string) =>
    change({
      columns: state.columns.includes(field)
        ? state.columns.filter((one) => one !== field)
        : [...state.columns, field],
    });
  const rowActions: RowActions = {
    filter: (field, value, excluded) => search(withTerm(state.query, { field, value, excluded })),
    addText: (text) => search(withText(state.query, text)),
    toggleColumn,
    addFacet: (field) => !ownFacets.includes(field) && setOwnFacets([...ownFacets, field]),
    columns: state.columns,
  };
  const select = (view: SavedView | null) => {
    const names = [...params.keys()];
    const cleared = Object.fromEntries(names.map((name) => [name, null]));
    setParams(view ? { ...cleared, ...view.state, saved_view: String(view.id) } : { saved_view: null }, true);
  };
  return (
    <Page
      title={source.title}
      time
      fill
      actions={
        <>
          <ViewsMenu
            source={source.name}
            selected={state.view}
            state={() => viewState(params)}
            onSelect={select}
          />
          {actions}
        </>
      }
    >
      <Toolbar>
        <SearchBar
          source={reads}
          value={state.query}
          range={range}
          placeholder={source.placeholder}
          onSearch={search}
        />
      </Toolbar>
      <div className={css.frame}>
        {rail && (
          <FacetRail
            source={reads}
            query={state.query}
            range={range}
            fields={fields.data?.facets ?? NONE}
            own={ownFacets}
            measures={source.measures}
            ownMeasures={ownMeasures}
            statusField={source.statusField}
            onQuery={search}
            onOwn={setOwnFacets}
            onOwnMeasures={setOwnMeasures}
            onColumn={toggleColumn}
          />
        )}
        <div className={css.main}>
          <Timeline
            source={reads}
            query={state.query}
            range={range}
            stackBy={state.stackBy}
            fields={source.timelineFields}
            noun={source.noun}
            onStackBy={(stackBy) => change({ stackBy })}
          />
          {children?.(state.query)}
          <Bar source={source} state={state} rail={rail} onRail={toggleRail} onChange={change} />
          <Body source={source} state={state} actions={rowActions} onChange={change} />
        </div>
      </div>
    </Page>
  );
}

interface PartProps<Row> {
  source: ExplorerSource<Row>;
  state: ExplorerState;
  onChange: (change: Partial<ExplorerState>, push?: boolean) => void;
}

const DISPLAYS: { value: MessageDisplay; label: string }[] = (Object.keys(LINES) as MessageDisplay[]).map(
  (value) => ({
    value,
    label: `${LINES[value]} ${LINES[value] === 1 ? "line" : "lines"} per row`,
  }),
);

function Bar<Row>({
  source,
  state,
  rail,
  onRail,
  onChange,
}: PartProps<Row> & { rail: boolean; onRail: () => void }) {
  const options = VISUALIZATIONS.filter((one) => one.value !== "pattern" || source.patterns);
  return (
    <Toolbar>
      <IconButton
        icon="filter"
        label={rail ? "Hide facets" : "Show facets"}
        aria-pressed={rail}
        onClick={onRail}
      />
      <Segments
        label="Visualize as"
        value={state.visualization}
        options={options}
        onChange={(visualization) => onChange({ visualization, tail: false })}
      />
      <span data-grow />
      {source.tailPath && state.visualization === "stream" && (
        <Button
          icon={state.tail ? "pause" : "play"}
          aria-pressed={state.tail}
          onClick={() => onChange({ tail: !state.tail })}
        >
          Live tail
        </Button>
      )}
      {source.sorts && state.visualization === "stream" && !state.tail && (
        <Select
          label="Sort"
          value={source.sorts.some((one) => one.value === state.sort) ? state.sort : ""}
          options={[{ value: "", label: "By date" }, ...source.sorts]}
          onChange={(sort) => onChange({ sort })}
        />
      )}
      <Menu align="end" trigger={<Button icon="settings">Options</Button>}>
        {DISPLAYS.map((one) => (
          <MenuItem
            key={one.value}
            checked={one.value === state.display}
            onSelect={() => onChange({ display: one.value })}
          >
            {one.label}
          </MenuItem>
        ))}
        <MenuItem onSelect={() => onChange({ columns: [...source.defaultColumns] })}>Reset columns</MenuItem>
      </Menu>
      <ExportMenu source={source} state={state} />
    </Toolbar>
  );
}

type BodyProps<Row> = PartProps<Row> & { actions: RowActions };

function Body<Row>(props: BodyProps<Row>) {
  const { source, state, actions, onChange } = props;
  const { range } = useTimeRange();
  if (state.visualization === "stream") return state.tail ? <LiveTail {...props} /> : <Stream {...props} />;
  if (state.visualization === "pattern") {
    return (
      <Patterns
        source={readOf(source)}
        query={state.query}
        range={range}
        onText={(text) => onChange({ query: withText(state.query, text), visualization: "stream" })}
        onExclude={(text) => actions.addText(`-(${text})`)}
        monitorLink={
          source.index === undefined
            ? (pattern) => {
                const narrowed = { ...state, query: withText(state.query, pattern.query) };
                const name = `Pattern: ${pattern.pattern.replaceAll("<*>", "*").slice(0, 80)}`;
                return `/monitors/create?${new URLSearchParams(monitorParams(source.name, narrowed, name))}`;
              }
            : undefined
        }
      />
    );
  }
  return (
    <Analytics
      source={readOf(source)}
      state={state}
      range={range}
      onChange={onChange}
      onFilter={actions.filter}
    />
  );
}

function Stream<Row>({ source, state, actions, onChange }: BodyProps<Row>) {
  const { range } = useTimeRange();
  const sort = source.sorts?.find((one) => one.value === state.sort)?.value;
  const found = useRows(source, state.query, range, state.newestFirst, true, sort);
  const former = useFormer(found, state.query, timeAsked(range), state.newestFirst, sort);
  const rows = useMemo(() => found.data?.pages.flatMap((page) => page.rows) ?? [], [found.data]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = found;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  return (
    <>
      <Async query={{ ...found, data: found.data && rows }} text={state.query} former={former}>
        {() =>
          rows.length === 0 ? (
            <Empty
              title={
                state.query ? `No ${source.noun[1]} match your search` : "No data in the selected time range"
              }
              actions={state.query && <Button onClick={() => onChange({ query: "" })}>Clear filters</Button>}
            >
              {source.empty}
            </Empty>
          ) : (
            <RowList
              source={source}
              rows={rows}
              columns={state.columns}
              display={state.display}
              newestFirst={state.newestFirst}
              open={state.open}
              onOpen={(row) => onChange({ open: source.rowKey(row) })}
              onStep={(row) => onChange({ open: source.rowKey(row) }, false)}
              onColumns={(columns) => onChange({ columns })}
              onSort={(newestFirst) => onChange({ newestFirst, sort: "" })}
              onEnd={more}
            />
          )
        }
      </Async>
      {rows.length > 0 && (
        <div className={css.foot}>
          <span className="muted num">
            {formatWhole(rows.length)} loaded{found.isFetchingNextPage ? ", loading more" : ""}
          </span>
        </div>
      )}
      {state.open && (
        <RowPanel source={source} state={state} rows={rows} actions={actions} onChange={onChange} />
      )}
    </>
  );
}

function LiveTail<Row>({ source, state, actions, onChange }: BodyProps<Row>) {
  const [paused, setPaused] = useState(false);
  const tail = useTail(source, state.query, true, paused || state.open !== "");
  const { matched, shown } = tail.rate;
  return (
    <>
      <Notice state={tail.problem ? "warn" : "info"}>
        <span>
          {tail.problem ??
            (matched > shown
              ? `Live: ${formatWhole(shown)} of ${formatWhole(matched)} per second shown, a random sample`
              : `Live: ${formatWhole(matched)} per second`)}
          {(paused || state.open) && " · Paused"}
        </span>
        <Button size="small" icon={paused ? "play" : "pause"} onClick={() => setPaused(!paused)}>
          {paused ? "Resume" : "Pause"}
        </Button>
      </Notice>
      {tail.rows.length === 0 ? (
        <Empty title={`Waiting for ${source.noun[1]}`}>
          New {source.noun[1]} that match appear here as they arrive.
        </Empty>
      ) : (
        <RowList
          source={source}
          rows={tail.rows}
          columns={state.columns}
          display={state.display}
          newestFirst
          open={state.open}
          onOpen={(row) => onChange({ open: source.rowKey(row) })}
          onStep={(row) => onChange({ open: source.rowKey(row) }, false)}
          onColumns={(columns) => onChange({ columns })}
          onSort={() => onChange({ tail: false, newestFirst: false })}
          onEnd={() => undefined}
        />
      )}
      {state.open && (
        <RowPanel source={source} state={state} rows={tail.rows} actions={actions} onChange={onChange} />
      )}
    </>
  );
}

function useOwnFacets(source: string): [string[], (fields: string[]) => void] {
  const key = `explorer.${source}.facets`;
  const [fields, setFields] = useState<string[]>(() => {
    try {
      return JSON.parse(localStorage.getItem(key) ?? "[]") as string[];
    } catch {
      return [];
    }
  });
  return [
    fields,
    (next) => {
      localStorage.setItem(key, JSON.stringify(next));
      setFields(next);
    },
  ];
}

/** A page that is opened without any state begins with the person's default view, or with the one it names. */
function useDefaultView(
  source: string,
  params: URLSearchParams,
  change: (change: Record<string, string | null>, push?: boolean) => void,
) {
  const views = useViews(source);
  const [first] = useState(() => new URLSearchParams(params));
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (done || !views.data) return;
    setDone(true);
    const named = views.data.find((one) => String(one.id) === first.get("saved_view"));
    const view = named ?? (first.size === 0 ? views.data.find((one) => one.is_default) : undefined);
    // What the address says itself comes first.
    if (view) change({ ...view.state, ...Object.fromEntries(first), saved_view: String(view.id) });
  }, [views.data, done, first, change]);
}
