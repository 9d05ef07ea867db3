/** One trace: who took the time, as a flame graph, a waterfall, a list and calls; why it failed; what was repeated. */

import { useMemo, useState } from "react";
import { useParams } from "wouter";
import { type Box, layOut, type Span, timeByService } from "~/core/flame";
import { counted } from "~/core/labels";
import { consistentSlots } from "~/core/palette";
import { formatWhole } from "~/core/time";
import { criticalPath, matchesSpan, type Repeat, repeatedCalls } from "~/core/trace";
import { formatDuration, writeNumber } from "~/core/units";
import { Page } from "~/shell/page";
import { useUrlParams, useUrlState } from "~/shell/url";
import {
  Async,
  Button,
  CopyButton,
  Notice,
  Panel,
  SearchInput,
  Segments,
  Select,
  Swatch,
  Toolbar,
} from "~/ui";
import { CompareDialog, CompareTraces } from "./compareTraces";
import { Flame } from "./flame";
import { SpanDetails } from "./spanDetails";
import { SpanList } from "./spanList";
import css from "./trace.module.css";
import { endOf, type Trace, useTrace, type ViewProps } from "./traceData";
import { TraceMap } from "./traceMap";
import { Waterfall } from "./waterfall";

const VIEWS = {
  flamegraph: { label: "Flame graph", view: Flame },
  waterfall: { label: "Waterfall", view: Waterfall },
  list: { label: "Span list", view: SpanList },
  map: { label: "Map", view: TraceMap },
} as const;
type ViewName = keyof typeof VIEWS;

const COLORINGS = {
  service: (span: Span) => span.service,
  host: (span: Span) => span.host ?? "",
  operation: (span: Span) => span.name,
} as const;
type Coloring = keyof typeof COLORINGS;

export default function TracePage() {
  const { id = "" } = useParams<{ id: string }>();
  const query = useTrace(id);
  return (
    <Page
      title={`Trace ${id.slice(-8)}`}
      documentTitle="Trace"
      crumbs={[{ label: "Traces", href: "/apm/traces" }]}
      actions={<CopyButton text={id} label="Copy trace ID" />}
      fill
    >
      <Async query={query}>{(trace) => <View trace={trace} />}</Async>
    </Page>
  );
}

function View({ trace }: { trace: Trace }) {
  const boxes = useMemo(() => layOut(trace.spans), [trace]);
  const [params, change] = useUrlParams();
  const graph = (params.get("graphType") ?? "flamegraph") as ViewName;
  const { view: Drawing } = VIEWS[graph] ?? VIEWS.flamegraph;
  const selected = selectedSpan(boxes, params.get("spanID"));
  const select = (id: string) => change({ spanID: id });
  const [coloring, setColoring] = useUrlState("colorBy", "service");
  const group = COLORINGS[coloring as Coloring] ?? COLORINGS.service;
  const slots = useMemo(() => consistentSlots(trace.spans.map(group)), [trace, group]);
  const color = (span: Span) => `--c${(slots.get(group(span)) ?? 0) + 1}`;
  const filters = useFilters(boxes);
  const chosen = boxes.find((box) => box.span.id === selected) ?? null;
  const other = params.get("compare");
  const [choosing, setChoosing] = useState(false);
  if (other) return <CompareTraces trace={trace} boxes={boxes} other={other} />;
  const drawing: ViewProps = { boxes, color, selected, onSelect: select, matching: filters.matching };
  return (
    <div className={css.page}>
      {trace.truncated && <Notice>The trace has more spans than the {boxes.length} that are shown.</Notice>}
      <Summary
        boxes={boxes}
        start={trace.start}
        color={(service) => color({ service } as Span)}
        byService={coloring === "service"}
      />
      <Repeats boxes={boxes} onSelect={select} />
      <Toolbar>
        <Segments
          label="View"
          value={graph in VIEWS ? graph : "flamegraph"}
          onChange={(value) => change({ graphType: value === "flamegraph" ? null : value })}
          options={Object.entries(VIEWS).map(([value, { label }]) => ({ value: value as ViewName, label }))}
        />
        <SearchInput main value={filters.text} onChange={filters.setText} placeholder="Find spans or tags" />
        <Matches matching={filters.matching} boxes={boxes} selected={selected} onSelect={select} />
        <Toggle on={filters.errors} onToggle={filters.toggleErrors}>
          Errors
        </Toggle>
        <Toggle on={filters.critical} onToggle={filters.toggleCritical}>
          Critical path
        </Toggle>
        <Select
          label="Color by"
          value={coloring as Coloring}
          onChange={setColoring}
          options={[
            { value: "service", label: "Service" },
            { value: "host", label: "Host" },
            { value: "operation", label: "Operation" },
          ]}
        />
        {boxes[0] && (
          <Button icon="copy" onClick={() => setChoosing(true)}>
            Compare
          </Button>
        )}
      </Toolbar>
      {choosing && boxes[0] && <CompareDialog root={boxes[0].span} onClose={() => setChoosing(false)} />}
      <div className={css.split}>
        <Panel>
          <Drawing {...drawing} />
        </Panel>
        {chosen && <SpanDetails box={chosen} boxes={boxes} trace={trace} onSelect={select} />}
      </div>
    </div>
  );
}

/** The span of the address where the trace has it, else the root. */
function selectedSpan(boxes: readonly Box[], wanted: string | null): string | null {
  return boxes.find((box) => box.span.id === wanted)?.span.id ?? boxes[0]?.span.id ?? null;
}

function useFilters(boxes: readonly Box[]) {
  const [text, setText] = useUrlState("spanFilter");
  const [errors, setErrors] = useUrlState("errors");
  const [critical, setCritical] = useUrlState("criticalPath");
  const matching = useMemo(() => {
    if (!text && !errors && !critical) return null;
    const path = critical ? criticalPath(boxes) : null;
    const found = boxes.filter(
      ({ span }) =>
        matchesSpan(span, text) && (!errors || span.error) && (path === null || (path.get(span.id) ?? 0) > 0),
    );
    return new Set(found.map((box) => box.span.id));
  }, [boxes, text, errors, critical]);
  return {
    text,
    setText,
    errors: errors !== "",
    critical: critical !== "",
    toggleErrors: () => setErrors(errors ? "" : "true"),
    toggleCritical: () => setCritical(critical ? "" : "true"),
    matching,
  };
}

function Toggle({ on, onToggle, children }: { on: boolean; onToggle: () => void; children: string }) {
  return (
    <Button aria-pressed={on} kind={on ? "primary" : undefined} onClick={onToggle}>
      {children}
    </Button>
  );
}

interface MatchesProps {
  matching: ReadonlySet<string> | null;
  boxes: readonly Box[];
  selected: string | null;
  onSelect: (id: string) => void;
}

/** How many spans match, and a way from one to the next. */
function Matches({ matching, boxes, selected, onSelect }: MatchesProps) {
  if (matching === null) return null;
  const found = boxes.filter((box) => matching.has(box.span.id));
  const at = found.findIndex((box) => box.span.id === selected);
  const step = (by: number) => onSelect(found[(at + by + found.length) % found.length]!.span.id);
  return (
    <span className={css.matches}>
      <span className="num">
        {at >= 0
          ? `${at + 1} of ${found.length}`
          : `${found.length} ${found.length === 1 ? "match" : "matches"}`}
      </span>
      <Button size="small" disabled={found.length === 0} onClick={() => step(at < 0 ? 0 : -1)}>
        Previous
      </Button>
      <Button size="small" disabled={found.length === 0} onClick={() => step(1)}>
        Next
      </Button>
    </span>
  );
}

/** Equal calls in a row, which one query or one batch could often replace. */
function Repeats({ boxes, onSelect }: { boxes: readonly Box[]; onSelect: (id: string) => void }) {
  const repeats = useMemo(() => repeatedCalls(boxes), [boxes]);
  if (repeats.length === 0) return null;
  const shown = repeats.slice(0, 3);
  return (
    <Notice state="info">
      <ul className={css.repeats} aria-label="Repeated calls">
        {shown.map((repeat) => (
          <RepeatLine key={repeat.boxes[0]!.span.id} repeat={repeat} end={endOf(boxes)} onSelect={onSelect} />
        ))}
        {repeats.length > shown.length && (
          <li className="muted">{repeats.length - shown.length} more repeated calls</li>
        )}
      </ul>
    </Notice>
  );
}

function RepeatLine({
  repeat,
  end,
  onSelect,
}: {
  repeat: Repeat;
  end: number;
  onSelect: (id: string) => void;
}) {
  const first = repeat.boxes[0]!.span;
  const share = Math.round((repeat.total / end) * 100);
  return (
    <li>
      <b>{repeat.boxes.length} equal calls</b> of{" "}
      <button type="button" className={css.linkButton} onClick={() => onSelect(first.id)}>
        {repeat.service} {repeat.resource}
      </button>{" "}
      took <span className="num">{formatDuration(repeat.total / 1e9)}</span>
      {share <= 100 && <span className="muted">, {share}&thinsp;% of the trace</span>}
    </li>
  );
}

interface SummaryProps {
  boxes: readonly Box[];
  start: number;
  color: (service: string) => string;
  /** Whether the drawing is colored by service, so that colors here say the same. */
  byService: boolean;
}

function Summary({ boxes, start, color, byService }: SummaryProps) {
  const root = boxes[0]?.span;
  if (!root) return null;
  const errors = boxes.filter((box) => box.span.error).length;
  return (
    <Panel>
      <div className={css.summary}>
        <div>
          <h2>
            {root.service} <span className="muted">{root.resource}</span>
          </h2>
          <p className="muted">
            {formatWhole(start)} · {formatDuration(endOf(boxes) / 1e9)} · {writeNumber(boxes.length)}{" "}
            {boxes.length === 1 ? "span" : "spans"}
            {errors > 0 && <b className={css.errors}> · ◆ {counted(errors, "error")}</b>}
          </p>
        </div>
        <ul aria-label="Execution time by service">
          {timeByService(boxes).map(([service, share]) => (
            <li key={service}>
              {byService && <Swatch color={color(service)} />}
              {service} <b className="num">{(share * 100).toFixed(1)}&thinsp;%</b>
            </li>
          ))}
        </ul>
      </div>
    </Panel>
  );
}
