/** What a span carried: its error, its tags, events, links, logs, and its host at that moment. */

import { useState } from "react";
import { Link } from "wouter";
import type { Box, Span, SpanEvent } from "~/core/flame";
import { formatInstant } from "~/core/time";
import { causeOf, errorMessage } from "~/core/trace";
import { formatDuration, writeNumber } from "~/core/units";
import { Button, CodeBlock, Panel, Properties, Tabs } from "~/ui";
import { SpanIssue } from "./spanIssue";
import { HostMetrics, TraceLogs } from "./spanLogs";
import css from "./trace.module.css";
import { endOf, type Trace } from "./traceData";

interface Props {
  box: Box;
  boxes: readonly Box[];
  trace: Trace;
  onSelect: (id: string) => void;
}

export function SpanDetails({ box, boxes, trace, onSelect }: Props) {
  const { span } = box;
  const [tab, setTab] = useState("tags");
  const tags = tagsOf(span);
  const end = endOf(boxes);
  const events = span.events ?? [];
  const links = span.links ?? [];
  const failed = boxes.filter((one) => one.span.error);
  const items = [
    { value: "tags", label: `Tags ${tags.length}`, content: <Tags tags={tags} span={span} /> },
    {
      value: "errors",
      label: `Errors ${failed.length}`,
      content: <Errors failed={failed} onSelect={onSelect} />,
    },
    ...(events.length > 0
      ? [
          {
            value: "events",
            label: `Events ${events.length}`,
            content: <Events events={events} start={trace.start + span.start / 1e6} />,
          },
        ]
      : []),
    ...(links.length > 0
      ? [{ value: "links", label: `Span links ${links.length}`, content: <Links span={span} /> }]
      : []),
    {
      value: "logs",
      label: "Logs",
      content: <TraceLogs trace={trace.id} start={trace.start} end={trace.start + end / 1e6} />,
    },
    {
      value: "host",
      label: "Infrastructure",
      content: <HostMetrics span={span} at={Math.floor(trace.start / 60_000) * 60_000} />,
    },
    {
      value: "json",
      label: "JSON",
      content: <CodeBlock code={JSON.stringify(span, null, 2)} wrap />,
    },
  ];
  return (
    <Panel title={span.service} hint={span.name} className={css.details}>
      <div className={css.scroll}>
        <Properties
          items={[
            ["Resource", span.resource],
            ["Start time", formatInstant(trace.start + span.start / 1e6)],
            ["Duration", formatDuration(span.duration / 1e9)],
            ["Self time", formatDuration(Math.max(0, box.own) / 1e9)],
            ["% of trace", `${writeNumber((span.duration / end) * 100)}\u2009%`],
          ]}
        />
        <Fault span={span} boxes={boxes} trace={trace} onSelect={onSelect} />
        <p className={css.roads}>
          <Link
            href={`/apm/services/${encodeURIComponent(span.service)}${span.env ? `?env=${encodeURIComponent(span.env)}` : ""}`}
          >
            View service
          </Link>
          <Link href={`/apm/traces?query=${encodeURIComponent(sameSearch(span))}&spans=all`}>
            View in Trace Explorer
          </Link>
        </p>
        <Tabs items={items} value={items.some((one) => one.value === tab) ? tab : "tags"} onChange={setTab} />
      </div>
    </Panel>
  );
}

const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

/** A search for spans of the same service and resource. */
function sameSearch(span: Span): string {
  return `service:${quoted(span.service)} resource_name:${quoted(span.resource)}`;
}

function tagsOf(span: Span): [string, string][] {
  const texts: [string, string][] = [
    ...Object.entries(span.meta),
    ...Object.entries(span.metrics).map(([key, value]): [string, string] => [key, String(value)]),
    ...(span.tags ?? []).map((tag): [string, string] => {
      const colon = tag.indexOf(":");
      return colon > 0 ? [tag.slice(0, colon), tag.slice(colon + 1)] : ["tag", tag];
    }),
    ...Object.entries(span.meta_struct ?? {}).map(([key, value]): [string, string] => [
      key,
      JSON.stringify(value),
    ]),
  ];
  return texts.filter(([key]) => key !== "error.stack").sort(([a], [b]) => a.localeCompare(b));
}

/** All tags; those that tracers add for themselves begin with `_` and are shown on request. */
function Tags({ tags, span }: { tags: [string, string][]; span: Span }) {
  const [all, setAll] = useState(false);
  const internal = tags.filter(([key]) => key.startsWith("_")).length;
  const shown = all ? tags : tags.filter(([key]) => !key.startsWith("_"));
  const own: [string, string][] = [
    ["operation_name", span.name],
    ["type", span.type],
    ["host", span.host ?? ""],
    ["span_id", span.id],
  ];
  return (
    <>
      <Properties items={[...own.filter(([, value]) => value), ...shown]} />
      {internal > 0 && (
        <Button size="small" onClick={() => setAll(!all)}>
          {all ? "Hide internal tags" : `Show ${internal} internal tags`}
        </Button>
      )}
    </>
  );
}

/** Why the span failed. Where it does not say itself, the span below that does. */
function Fault({ span, boxes, trace, onSelect }: Omit<Props, "box"> & { span: Span }) {
  if (!span.error) return null;
  const cause = causeOf(span, boxes);
  const stack = cause.meta["error.stack"];
  return (
    <div className={css.fault} role="alert">
      {cause.id !== span.id && (
        <p className="muted">
          From the span below{" "}
          <button type="button" className={css.linkButton} onClick={() => onSelect(cause.id)}>
            {cause.service} {cause.resource}
          </button>
        </p>
      )}
      <b>◆ {cause.meta["error.type"] ?? "Error"}</b>
      <p>{errorMessage(cause) || "The span is marked as an error and carries no message."}</p>
      <SpanIssue span={cause} trace={trace} />
      {stack && <CodeBlock code={stack} />}
    </div>
  );
}

function Errors({ failed, onSelect }: { failed: readonly Box[]; onSelect: (id: string) => void }) {
  if (failed.length === 0) return <p className="muted">No span of this trace failed.</p>;
  return (
    <ul className={css.errorList}>
      {failed.slice(0, 200).map(({ span }) => (
        <li key={span.id}>
          <button type="button" className={css.linkButton} onClick={() => onSelect(span.id)}>
            ◆ {span.service} {span.resource}
          </button>
          <p className="muted">
            {span.meta["error.type"]} {errorMessage(span)}
          </p>
        </li>
      ))}
      {failed.length > 200 && <li className="muted">{failed.length - 200} more</li>}
    </ul>
  );
}

function Events({ events, start }: { events: SpanEvent[]; start: number }) {
  return (
    <ul className={css.errorList}>
      {events.map((event) => (
        <li key={`${event.time_unix_nano} ${event.name}`}>
          <b>{event.name}</b>{" "}
          <small className="num muted">+{formatDuration(event.time_unix_nano / 1e9 - start / 1e3)}</small>
          <Properties
            items={Object.entries(event.attributes ?? {}).map(
              ([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)] as const,
            )}
          />
        </li>
      ))}
    </ul>
  );
}

function Links({ span }: { span: Span }) {
  return (
    <ul className={css.errorList}>
      {(span.links ?? []).map((link) => (
        <li key={`${link.trace_id} ${link.span_id}`}>
          <Link href={`/apm/trace/${link.trace_id}?spanID=${decimal(link.span_id)}`}>
            Trace {link.trace_id.slice(-8)}, span {link.span_id}
          </Link>
          <Properties items={Object.entries(link.attributes ?? {})} />
        </li>
      ))}
    </ul>
  );
}

/** Ids of spans are decimal in addresses and hexadecimal in links. */
function decimal(hex: string): string {
  return /^[0-9a-f]{1,16}$/i.test(hex) ? BigInt(`0x${hex}`).toString() : hex;
}
