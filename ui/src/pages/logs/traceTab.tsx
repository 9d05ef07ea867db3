/** The trace of a log: its flame graph with the span of the log marked, and the way to both. */
import { useMemo } from "react";
import { Link, useLocation } from "wouter";
import { ApiFailure } from "~/api/client";
import { layOut, type Span } from "~/core/flame";
import { consistentSlots } from "~/core/palette";
import css from "~/explorer/panels.module.css";
import { Flame } from "~/pages/apm/flame";
import { useTrace } from "~/pages/apm/traceData";
import { Async, Properties } from "~/ui";
import type { Log } from "./source";

interface Props {
  row: Log;
  trace: string | undefined;
}

export default function TraceTab({ row, trace }: Props) {
  if (!trace) return <p className="muted">This log is not linked to a trace.</p>;
  return (
    <div className={css.details}>
      <Properties
        items={[
          [
            "Trace",
            <Link key="trace" href={`/apm/trace/${trace}${row.span_id ? `?spanID=${row.span_id}` : ""}`}>
              {trace}
            </Link>,
          ],
          ["Span", row.span_id ?? ""],
          [
            "Logs of the trace",
            <Link key="logs" href={`/logs?query=${encodeURIComponent(`trace_id:${trace}`)}`}>
              View related logs
            </Link>,
          ],
        ]}
      />
      <Preview trace={trace} span={row.span_id} />
    </div>
  );
}

/** A trace that was not sampled, or is older than spans are kept, is no error. */
function Preview({ trace, span }: { trace: string; span: string | null }) {
  const query = useTrace(trace);
  if (query.error instanceof ApiFailure && query.error.status === 404) {
    return <p className="muted">No spans of this trace are stored.</p>;
  }
  return <Async query={query}>{({ spans }) => <Drawn trace={trace} spans={spans} span={span} />}</Async>;
}

function Drawn({ trace, spans, span }: { trace: string; spans: Span[]; span: string | null }) {
  const [, navigate] = useLocation();
  const boxes = useMemo(() => layOut(spans), [spans]);
  const slots = useMemo(() => consistentSlots(spans.map(({ service }) => service)), [spans]);
  return (
    <div style={{ height: 260 }}>
      <Flame
        boxes={boxes}
        color={({ service }) => `--c${(slots.get(service) ?? 0) + 1}`}
        selected={span}
        onSelect={(id) => navigate(`/apm/trace/${trace}?spanID=${id}`)}
        matching={null}
      />
    </div>
  );
}
