/** Metrics explorer: queries, the graph of all of them, and a table of the series. */
import { useMemo } from "react";
import { useMetrics } from "~/api/metrics";
import type { SeriesKind } from "~/core/chart/model";
import { useShortcuts } from "~/shell/keys";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlParams } from "~/shell/url";
import { Button, Empty, IconButton, Panel, Segments, Toolbar } from "~/ui";
import { GraphMenu } from "~/widgets/graphMenu";
import { QueryEditor } from "~/widgets/query/editor";
import { QueryDetails } from "~/widgets/queryDetails";
import { TimeseriesView } from "~/widgets/timeseries/view";
import type { WidgetDefinition } from "~/widgets/types";
import css from "./explorer.module.css";

const START = "avg:system.cpu.user{*} by {host}";
const LETTERS = "abcdefghij";
const KINDS = [
  { value: "line", label: "Lines" },
  { value: "area", label: "Areas" },
  { value: "bars", label: "Bars" },
] as const;

export default function Explorer() {
  const { range } = useTimeRange();
  const [params, change] = useUrlParams();
  const kind = (params.get("viz") ?? "line") as SeriesKind;
  const texts = useMemo(() => readQueries(params), [params]);
  const write = (next: readonly string[]) => change(writeQueries(next));
  const asked = useMemo(() => texts.filter((text) => text.trim() !== ""), [texts]);
  const query = useMetrics(
    {
      queries: asked.map((text) => ({ query: text })),
      display: kind === "bars" ? "bars" : "line",
      enabled: asked.length > 0,
    },
    range,
  );
  const add = () => write([...texts, ""]);
  useShortcuts([{ keys: "A", does: "Add a query", run: add }]);
  const definition = useMemo(() => widgetOf(asked, kind), [asked, kind]);
  return (
    <Page title="Metrics explorer" time fill>
      <Panel className={css.queries}>
        {texts.map((text, i) => (
          <div key={LETTERS[i]} className={css.row}>
            <b className={css.letter}>{LETTERS[i]}</b>
            <QueryEditor
              text={text}
              label={`Query ${LETTERS[i]}`}
              wrong={query.isError}
              onRun={(changed) => write(texts.map((other, k) => (k === i ? changed : other)))}
            />
            <IconButton
              icon="close"
              label={`Remove query ${LETTERS[i]}`}
              disabled={texts.length === 1}
              onClick={() => write(texts.filter((_, k) => k !== i))}
            />
          </div>
        ))}
        <Toolbar>
          <Button
            icon="plus"
            size="small"
            kind="ghost"
            disabled={texts.length >= LETTERS.length}
            onClick={add}
          >
            Add query
          </Button>
          <span data-grow />
          <QueryDetails texts={asked} range={range} display={kind === "bars" ? "bars" : "line"} />
          <Segments
            label="Draw as"
            value={kind}
            options={KINDS}
            onChange={(value) => change({ viz: value })}
          />
          <GraphMenu definition={definition} window={range} explorer={false} />
        </Toolbar>
      </Panel>
      <Panel busy={query.isFetching} style={{ flex: 1 }}>
        {asked.length === 0 ? (
          <Empty title="Write a query">
            Start with the name of a metric; tags, functions and modifiers are completed as you type.
          </Empty>
        ) : (
          <TimeseriesView query={query} text={asked.join("\n")} kind={kind} legend="expanded" />
        )}
      </Panel>
    </Page>
  );
}

/** The graph as a dashboard would hold it. */
function widgetOf(texts: readonly string[], kind: SeriesKind): WidgetDefinition {
  const queries = texts.map((query, i) => ({ name: LETTERS[i]!, data_source: "metrics", query }));
  const formulas = queries.map(({ name }) => ({ formula: name }));
  const request = { response_format: "timeseries", display_type: kind, queries, formulas };
  return { type: "timeseries", title: texts.join(", "), requests: texts.length > 0 ? [request] : [] };
}

/** `q`, `q2`, `q3`, ... of the address. */
function readQueries(params: URLSearchParams): string[] {
  const texts: string[] = [];
  for (let i = 1; i <= LETTERS.length; i++) {
    const text = params.get(i === 1 ? "q" : `q${i}`);
    if (text !== null) texts.push(text === " " ? "" : text);
  }
  return texts.length > 0 ? texts : [START];
}

function writeQueries(texts: readonly string[]): Record<string, string | null> {
  const change: Record<string, string | null> = {};
  // A query without text is kept as a space: an empty parameter would be dropped.
  for (let i = 0; i < LETTERS.length; i++)
    change[i === 0 ? "q" : `q${i + 1}`] = i < texts.length ? texts[i] || " " : null;
  return change;
}
