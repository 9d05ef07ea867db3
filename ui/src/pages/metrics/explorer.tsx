/** Metrics explorer: queries, formulas over them, the graph of it all, and a table of the series. */
import { type ReactNode, useMemo } from "react";
import { useMetrics } from "~/api/metrics";
import type { SeriesKind } from "~/core/chart/model";
import { lookAhead } from "~/core/forecast";
import { timeAsked } from "~/core/time";
import { useShortcuts } from "~/shell/keys";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlParams } from "~/shell/url";
import { Button, Empty, Former, IconButton, Panel, Segments, Toolbar, useFormer } from "~/ui";
import { QueryDetails } from "~/widgets/details/queryDetails";
import { GraphMenu } from "~/widgets/graphMenu";
import { metricTexts } from "~/widgets/links";
import { QueryEditor } from "~/widgets/query/editor";
import { FormulaInput } from "~/widgets/query/formula";
import { TimeseriesView } from "~/widgets/timeseries/view";
import css from "./explorer.module.css";
import { MetricExport } from "./export";
import { type Asked, LETTERS, questionOf, readAsked, widgetOf, writeAsked } from "./queries";

const KINDS = [
  { value: "line", label: "Lines" },
  { value: "area", label: "Areas" },
  { value: "bars", label: "Bars" },
] as const;
const NOTHING = { queries: [], formulas: [] };

export default function Explorer() {
  const { range } = useTimeRange();
  const [params, change] = useUrlParams();
  const kind = (params.get("viz") ?? "line") as SeriesKind;
  const display = kind === "bars" ? "bars" : "line";
  const asked = useMemo(() => readAsked(params), [params]);
  const write = (part: Partial<Asked>) => change(writeAsked({ ...asked, ...part }));
  const question = useMemo(() => questionOf(asked), [asked]);
  const query = useMetrics(
    { ...(question ?? NOTHING), display, enabled: question !== null, checked: true, keeps: true },
    lookAhead(range, question, Date.now()),
  );
  const former = useFormer(query, question, timeAsked(range));
  const definition = useMemo(() => widgetOf(asked, kind), [asked, kind]);
  const texts = useMemo(() => metricTexts(definition), [definition]);
  const addQuery = () => write({ queries: [...asked.queries, ""] });
  const addFormula = () => write({ formulas: [...asked.formulas, asked.formulas.length > 0 ? "" : "a"] });
  useShortcuts([{ keys: "A", does: "Add a query", run: addQuery }]);
  return (
    <Page title="Metrics explorer" time fill actions={<MetricExport definition={definition} />}>
      <Panel className={css.queries}>
        {asked.queries.map((text, i) => (
          <Row
            key={LETTERS[i]}
            sign={LETTERS[i]!}
            removes={asked.queries.length > 1 ? `Remove query ${LETTERS[i]}` : null}
            onRemove={() => write({ queries: without(asked.queries, i) })}
          >
            <QueryEditor
              text={text}
              label={`Query ${LETTERS[i]}`}
              onRun={(changed) => write({ queries: asked.queries.with(i, changed) })}
            />
          </Row>
        ))}
        {asked.formulas.map((formula, i) => (
          <Row
            key={i}
            sign="="
            removes={`Remove formula ${i + 1}`}
            onRemove={() => write({ formulas: without(asked.formulas, i) })}
          >
            <FormulaInput
              value={formula}
              label={`Formula ${i + 1}`}
              names={LETTERS.slice(0, asked.queries.length).split("")}
              onRun={(changed) => write({ formulas: asked.formulas.with(i, changed) })}
            />
          </Row>
        ))}
        <Toolbar>
          <Button
            icon="plus"
            size="small"
            kind="ghost"
            disabled={asked.queries.length >= LETTERS.length}
            onClick={addQuery}
          >
            Add query
          </Button>
          <Button
            icon="plus"
            size="small"
            kind="ghost"
            disabled={asked.formulas.length >= LETTERS.length}
            onClick={addFormula}
          >
            Add formula
          </Button>
          <span data-grow />
          <QueryDetails texts={texts} range={range} display={display} />
          <Segments
            label="Draw as"
            value={kind}
            options={KINDS}
            onChange={(value) => change({ viz: value })}
          />
          <GraphMenu definition={definition} window={range} explorer={false} />
        </Toolbar>
      </Panel>
      <Panel busy={query.isFetching} style={{ flex: 1 }} className={css.graph}>
        {question === null ? (
          <Empty title="Write a query">
            Start with the name of a metric; tags, functions and modifiers are completed as you type.
          </Empty>
        ) : (
          <Former former={former}>
            <TimeseriesView query={query} text={texts.join("\n")} kind={kind} legend="expanded" />
          </Former>
        )}
      </Panel>
    </Page>
  );
}

interface RowProps {
  sign: string;
  /** What the button that takes the row away is called; null where it must stay. */
  removes: string | null;
  onRemove: () => void;
  children: ReactNode;
}

function Row({ sign, removes, onRemove, children }: RowProps) {
  return (
    <div className={css.row}>
      <b className={css.letter}>{sign}</b>
      {children}
      <IconButton icon="close" label={removes ?? "Remove"} disabled={removes === null} onClick={onRemove} />
    </div>
  );
}

function without(texts: readonly string[], index: number): string[] {
  return texts.filter((_, i) => i !== index);
}
