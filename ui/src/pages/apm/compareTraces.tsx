/** A trace beside another one, which the address names: their flame graphs on one scale, and call by call. */

import { useMemo, useState } from "react";
import { Link } from "wouter";
import { type ComparedCall, compareTraces, traceIdIn } from "~/core/compareTraces";
import { type Box, layOut, type Span } from "~/core/flame";
import { counted } from "~/core/labels";
import { consistentSlots } from "~/core/palette";
import { formatWhole } from "~/core/time";
import { formatDuration } from "~/core/units";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlParams } from "~/shell/url";
import { Async, Button, type Column, DataTable, Dialog, Field, Input, Panel, Status } from "~/ui";
import { type ExampleTrace, useResource } from "./api";
import { Flame } from "./flame";
import css from "./trace.module.css";
import { endOf, type Trace, useTrace } from "./traceData";

export function CompareTraces({
  trace,
  boxes,
  other,
}: {
  trace: Trace;
  boxes: readonly Box[];
  other: string;
}) {
  const query = useTrace(other);
  const [, change] = useUrlParams();
  return (
    <div className={css.page}>
      <div className={css.compareHead}>
        <h2>Compared with another trace</h2>
        <Button icon="close" onClick={() => change({ compare: null }, true)}>
          Close comparison
        </Button>
      </div>
      <Async query={query}>{(found) => <Both trace={trace} boxes={boxes} other={found} />}</Async>
    </div>
  );
}

function Both({ trace, boxes, other }: { trace: Trace; boxes: readonly Box[]; other: Trace }) {
  const others = useMemo(() => layOut(other.spans), [other]);
  const calls = useMemo(() => compareTraces(boxes, others), [boxes, others]);
  const slots = useMemo(
    () => consistentSlots([...trace.spans, ...other.spans].map((span) => span.service)),
    [trace, other],
  );
  const color = (span: Span) => `--c${(slots.get(span.service) ?? 0) + 1}`;
  const end = Math.max(endOf(boxes), endOf(others));
  return (
    <div className={css.sections}>
      <OneTrace title="This trace" trace={trace} boxes={boxes} color={color} end={end} />
      <OneTrace title="The other trace" trace={other} boxes={others} color={color} end={end} />
      <Panel title="Calls compared" hint="Execution time: in which no child of the span ran">
        <div style={{ height: 40 + Math.min(14, Math.max(2, calls.length)) * 30 }}>
          <DataTable
            label="Calls compared"
            rows={calls}
            columns={COLUMNS}
            rowKey={(row) => JSON.stringify([row.service, row.name, row.resource])}
          />
        </div>
      </Panel>
    </div>
  );
}

interface OneTraceProps {
  title: string;
  trace: Trace;
  boxes: readonly Box[];
  color: (span: Span) => string;
  end: number;
}

function OneTrace({ title, trace, boxes, color, end }: OneTraceProps) {
  const errors = boxes.filter((box) => box.span.error).length;
  const root = boxes[0]?.span;
  const rows = boxes.reduce((most, box) => Math.max(most, box.row), 0) + 1;
  return (
    <Panel
      title={title}
      actions={<Link href={`/apm/trace/${trace.id}`}>Open trace {trace.id.slice(-8)}</Link>}
    >
      <p className={css.note}>
        {root && `${root.service} ${root.resource} · `}
        {formatWhole(trace.start)} · <b>{formatDuration(endOf(boxes) / 1e9)}</b> ·{" "}
        {counted(boxes.length, "span")}
        {errors > 0 && <b className={css.errors}> · ◆ {counted(errors, "error")}</b>}
      </p>
      <div
        style={{
          height: Math.min(220, 50 + rows * 20),
          width: `${(endOf(boxes) / end) * 100}%`,
          minWidth: 240,
        }}
      >
        <Flame boxes={boxes} color={color} selected={null} onSelect={() => undefined} matching={null} />
      </div>
    </Panel>
  );
}

const difference = ({ here, other }: ComparedCall) => (here.own - other.own) / 1e9;

const COLUMNS: Column<ComparedCall>[] = [
  {
    key: "service",
    title: "Service",
    width: "140px",
    sort: (row) => row.service,
    cell: (row) => row.service,
  },
  {
    key: "resource",
    title: "Resource",
    width: "minmax(200px, 3fr)",
    sort: (row) => row.resource,
    cell: (row) => (
      <span className="truncate" title={row.name}>
        {row.resource}
      </span>
    ),
  },
  {
    key: "spans",
    title: "Spans",
    number: true,
    sort: (row) => row.here.spans,
    cell: (row) => row.here.spans,
  },
  {
    key: "others",
    title: "In the other",
    number: true,
    sort: (row) => row.other.spans,
    cell: (row) => row.other.spans,
  },
  {
    key: "errors",
    title: "Errors",
    width: "150px",
    cell: (row) =>
      row.here.errors !== row.other.errors ? (
        <Status state={row.here.errors > row.other.errors ? "alert" : "ok"}>
          {`${row.here.errors} here, ${row.other.errors} there`}
        </Status>
      ) : (
        row.here.errors || ""
      ),
  },
  {
    key: "own",
    title: "Exec time",
    number: true,
    sort: (row) => row.here.own,
    cell: (row) => formatDuration(row.here.own / 1e9),
  },
  {
    key: "otherOwn",
    title: "In the other",
    number: true,
    sort: (row) => row.other.own,
    cell: (row) => formatDuration(row.other.own / 1e9),
  },
  {
    key: "difference",
    title: "Difference",
    number: true,
    width: "120px",
    sort: difference,
    cell: (row) => {
      const by = difference(row);
      return (
        <b className={by > 0 ? css.errors : undefined}>
          {by > 0 ? "+" : by < 0 ? "−" : ""}
          {formatDuration(Math.abs(by))}
        </b>
      );
    },
  },
];

/** Asks with which trace: one of the same resource near a percentile, or any by its id. */
export function CompareDialog({ root, onClose }: { root: Span; onClose: () => void }) {
  const { range } = useTimeRange();
  const [, change] = useUrlParams();
  const [text, setText] = useState("");
  const scope = { env: root.env ?? "", version: "", tag: "" };
  const query = useResource(root.service, root.resource, root.name, scope, range);
  const go = (id: string) => {
    change({ compare: id }, true);
    onClose();
  };
  const given = traceIdIn(text);
  return (
    <Dialog
      title="Compare with another trace"
      open
      onClose={onClose}
      width={520}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" disabled={!given} onClick={() => go(given)}>
            Compare
          </Button>
        </>
      }
    >
      <div className={css.sections}>
        <Async query={query}>
          {({ examples }) => (
            <ul className={css.choices} aria-label="Traces of the same resource">
              {examples.map((one: ExampleTrace) => (
                <li key={`${one.kind} ${one.trace_id} ${one.span_id}`}>
                  <button type="button" onClick={() => go(one.trace_id)}>
                    <b>{one.kind}</b>
                    <span className="num">{formatDuration(one.duration / 1e9)}</span>
                    <span className="muted num">{formatWhole(one.start * 1000)}</span>
                  </button>
                </li>
              ))}
              {examples.length === 0 && (
                <li className="muted">No other traces of {root.resource} are stored</li>
              )}
            </ul>
          )}
        </Async>
        <Field label="Or a trace ID or address">
          <Input value={text} onChange={(event) => setText(event.target.value)} />
        </Field>
      </div>
    </Dialog>
  );
}
