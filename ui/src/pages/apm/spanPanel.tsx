/** A span that is opened in the explorer: its trace as a flame graph, its error, its tags. */
import { useMemo, useState } from "react";
import { Link, useLocation } from "wouter";
import { layOut, type Span } from "~/core/flame";
import { consistentSlots } from "~/core/palette";
import { formatInstant } from "~/core/time";
import { causeOf, errorMessage } from "~/core/trace";
import { formatDuration } from "~/core/units";
import { JsonTree, ValueMenu } from "~/explorer/jsonTree";
import css from "~/explorer/panels.module.css";
import type { RowActions } from "~/explorer/types";
import { Async, Button, CodeBlock, Tabs } from "~/ui";
import { Flame } from "./flame";
import { TraceLogs } from "./spanLogs";
import { type SpanRow, statusOf } from "./spanSource";
import traceCss from "./trace.module.css";
import { endOf, type Trace, useTrace } from "./traceData";

interface PanelProps {
  row: SpanRow;
  actions: RowActions;
}

export function SpanPanel({ row, actions }: PanelProps) {
  const [tab, setTab] = useState("trace");
  const query = useTrace(row.trace_id);
  const chips = [
    ["service", row.service],
    ["operation_name", row.name],
    ["env", row.env],
    ["host", row.host],
    ["version", row.version],
    ["type", row.type],
    ["status", statusOf(row)],
  ] as const;
  return (
    <div className={css.details}>
      <p className={traceCss.roads} style={{ margin: 0 }}>
        <Link href={`/apm/trace/${row.trace_id}?spanID=${row.span_id}`}>
          <Button kind="primary" icon="apm">
            Open trace
          </Button>
        </Link>
        <Link
          href={`/apm/services/${encodeURIComponent(row.service)}/resource?resource=${encodeURIComponent(row.resource)}&operation=${encodeURIComponent(row.name)}${row.env ? `&env=${encodeURIComponent(row.env)}` : ""}`}
        >
          View resource
        </Link>
        <Link
          href={`/apm/services/${encodeURIComponent(row.service)}${row.env ? `?env=${encodeURIComponent(row.env)}` : ""}`}
        >
          View service
        </Link>
        <span className="muted num">
          {formatInstant(Number(row.time_ns.slice(0, -6)))} · {formatDuration(row.duration / 1e9)}
        </span>
      </p>
      <div className={css.tags}>
        {chips.map(
          ([field, value]) =>
            value && (
              <span key={field} className={css.chip}>
                <ValueMenu field={field} value={value} actions={actions} label={`${field}:${value}`} />
              </span>
            ),
        )}
        {row.tags.map((tag) => {
          const colon = tag.indexOf(":");
          return (
            <span key={tag} className={css.chip}>
              <ValueMenu
                field={colon > 0 ? tag.slice(0, colon) : "tags"}
                value={tag.slice(colon + 1)}
                actions={actions}
                label={tag}
              />
            </span>
          );
        })}
      </div>
      <Tabs
        value={tab}
        onChange={setTab}
        items={[
          {
            value: "trace",
            label: "Trace",
            content: <Async query={query}>{(trace) => <Preview row={row} trace={trace} />}</Async>,
          },
          {
            value: "tags",
            label: "Tags",
            content: <JsonTree value={{ ...row.meta, ...row.metrics }} actions={actions} />,
          },
          {
            value: "logs",
            label: "Logs",
            content: tab === "logs" && query.data && (
              <TraceLogs
                trace={row.trace_id}
                start={query.data.start}
                end={query.data.start + endOf(layOut(query.data.spans)) / 1e6}
              />
            ),
          },
          { value: "json", label: "JSON", content: <CodeBlock code={JSON.stringify(row, null, 2)} wrap /> },
        ]}
      />
    </div>
  );
}

/** The trace of the span; a click on another span of it opens the trace there. */
function Preview({ row, trace }: { row: SpanRow; trace: Trace }) {
  const [, navigate] = useLocation();
  const boxes = useMemo(() => layOut(trace.spans), [trace]);
  const slots = useMemo(() => consistentSlots(trace.spans.map((span) => span.service)), [trace]);
  const own = boxes.find((box) => box.span.id === row.span_id);
  const cause = own?.span.error ? causeOf(own.span, boxes) : null;
  const color = (span: Span) => `--c${(slots.get(span.service) ?? 0) + 1}`;
  return (
    <>
      <div style={{ height: 260 }}>
        <Flame
          boxes={boxes}
          color={color}
          selected={row.span_id}
          onSelect={(id) => navigate(`/apm/trace/${row.trace_id}?spanID=${id}`)}
          matching={null}
        />
      </div>
      {cause && (
        <div className={traceCss.fault} role="alert">
          <b>◆ {cause.meta["error.type"] ?? "Error"}</b>
          <p>{errorMessage(cause) || "The span is marked as an error and carries no message."}</p>
          {cause.meta["error.stack"] && <CodeBlock code={cause.meta["error.stack"]} wrap />}
        </div>
      )}
    </>
  );
}
