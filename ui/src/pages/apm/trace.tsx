/** One trace: who took the time, as a flame graph and as a waterfall, with its logs. */

import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useParams } from "wouter";
import { request } from "~/api/client";
import { type Box, layOut, type Span, timeByService } from "~/core/flame";
import { counted } from "~/core/labels";
import { consistentSlots } from "~/core/palette";
import { formatWhole } from "~/core/time";
import { formatDuration } from "~/core/units";
import { Page } from "~/shell/page";
import { useUrlState } from "~/shell/url";
import { Async, Panel, Segments, Swatch } from "~/ui";
import { Flame } from "./flame";
import { SpanDetails } from "./spanDetails";
import css from "./trace.module.css";
import { Waterfall } from "./waterfall";

interface Answer {
  /** UNIX nanoseconds, as text. */
  start: string;
  spans: {
    span_id: string;
    parent_id: string | null;
    service: string;
    name: string;
    resource: string;
    type: string;
    start: number;
    duration: number;
    error: boolean;
    meta: Record<string, string>;
    metrics: Record<string, number>;
  }[];
}

interface Loaded {
  /** UNIX milliseconds. */
  start: number;
  spans: Span[];
}

function read(answer: Answer): Loaded {
  return {
    start: Number(BigInt(answer.start) / 1_000_000n),
    spans: answer.spans.map(({ span_id, parent_id, ...span }) => ({
      ...span,
      id: span_id,
      parent: parent_id ?? "",
    })),
  };
}

export default function TracePage() {
  const { id = "" } = useParams<{ id: string }>();
  const query = useQuery({
    queryKey: ["trace", id],
    retry: false,
    queryFn: async ({ signal }) =>
      read(await request<Answer>("GET", `/api/ui/apm/traces/${encodeURIComponent(id)}`, { signal })),
  });
  return (
    <Page
      title={`Trace ${id.slice(-8)}`}
      documentTitle="Trace"
      crumbs={[{ label: "Traces", href: "/apm/traces" }]}
      fill
    >
      <Async query={query}>{(trace) => <View trace={trace} />}</Async>
    </Page>
  );
}

function View({ trace }: { trace: Loaded }) {
  const boxes = useMemo(() => layOut(trace.spans), [trace]);
  const [shown, setShown] = useUrlState("view", "flame");
  const [selected, setSelected] = useState<string | null>(boxes[0]?.span.id ?? null);
  const slots = useMemo(() => consistentSlots(trace.spans.map((span) => span.service)), [trace]);
  const color = (service: string) => `--c${(slots.get(service) ?? 0) + 1}`;
  const chosen = boxes.find((box) => box.span.id === selected) ?? null;
  const drawing = { boxes, color, selected, onSelect: (box: Box) => setSelected(box.span.id) };
  return (
    <div className={css.page}>
      <Summary boxes={boxes} start={trace.start} color={color} />
      <div className={css.split}>
        <Panel
          title={shown === "flame" ? "Flame graph" : "Waterfall"}
          actions={
            <Segments
              label="View"
              value={shown}
              onChange={setShown}
              options={[
                { value: "flame", label: "Flame graph" },
                { value: "waterfall", label: "Waterfall" },
              ]}
            />
          }
        >
          {shown === "flame" ? <Flame {...drawing} /> : <Waterfall {...drawing} />}
        </Panel>
        {chosen && <SpanDetails box={chosen} start={trace.start} />}
      </div>
    </div>
  );
}

interface SummaryProps {
  boxes: readonly Box[];
  start: number;
  color: (service: string) => string;
}

function Summary({ boxes, start, color }: SummaryProps) {
  const root = boxes[0]?.span;
  if (!root) return null;
  const errors = boxes.filter((box) => box.span.error).length;
  const end = Math.max(...boxes.map((box) => box.span.start + box.span.duration));
  return (
    <Panel>
      <div className={css.summary}>
        <div>
          <h2>
            {root.service} <span className="muted">{root.resource}</span>
          </h2>
          <p className="muted">
            {formatWhole(start)} · {formatDuration(end / 1e9)} · {counted(boxes.length, "span")}
            {errors > 0 && <b className={css.errors}> · ◆ {errors} with errors</b>}
          </p>
        </div>
        <ul>
          {timeByService(boxes).map(([service, share]) => (
            <li key={service}>
              <Swatch color={color(service)} />
              {service} <b className="num">{(share * 100).toFixed(1)}&thinsp;%</b>
            </li>
          ))}
        </ul>
      </div>
    </Panel>
  );
}
