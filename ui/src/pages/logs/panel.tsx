/** A log that is opened: message, tags, attributes; the lines around it; its trace. */
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { Link, useSearch } from "wouter";
import { request } from "~/api/client";
import { parseJson, writeJson } from "~/core/json";
import { formatInstant } from "~/core/time";
import { tagValues, textOf, valueAt, withoutColors } from "~/explorer/format";
import { JsonTree, ValueMenu } from "~/explorer/jsonTree";
import css from "~/explorer/panels.module.css";
import { writeTerm } from "~/explorer/terms";
import { type RowActions, STATUS_COLORS } from "~/explorer/types";
import { Async, Button, CodeBlock, Loading, Segments, Tabs, useFormer } from "~/ui";
import { HostMetrics } from "./hostMetrics";
import { LogOrigins } from "./origins";
import type { Log } from "./source";
import { traceOf } from "./trace";

const TraceTab = lazy(() => import("./traceTab"));

interface PanelProps {
  row: Log;
  actions: RowActions;
  /** The historical view of the log, if it is of one. */
  view?: string;
}

export function LogPanel({ row, actions, view }: PanelProps) {
  const [tab, setTab] = useState("attributes");
  const [field, setField] = useState("");
  const trace = row.trace_id ?? traceOf(row);
  const explained: RowActions = view
    ? actions
    : {
        ...actions,
        explain: (name) => {
          setField(name);
          setTab("origins");
        },
      };
  return (
    <div className={css.details}>
      <p className="muted num" style={{ margin: 0 }}>
        {exactTime(row)}
      </p>
      <div className={css.tags}>
        {(["host", "service", "source", "status"] as const).map(
          (field) =>
            row[field] && (
              <span key={field} className={css.chip}>
                <ValueMenu
                  field={field}
                  value={row[field]}
                  actions={actions}
                  label={`${field}:${row[field]}`}
                />
              </span>
            ),
        )}
        {row.tags.map((tag) => (
          <span key={tag} className={css.chip}>
            <TagMenu tag={tag} actions={actions} />
          </span>
        ))}
      </div>
      <Message row={row} />
      <Tabs
        value={tab}
        onChange={setTab}
        items={[
          {
            value: "attributes",
            label: "Attributes",
            content: <Attributes row={row} actions={explained} />,
          },
          {
            value: "context",
            label: "View in context",
            content: tab === "context" && <Context row={row} view={view} />,
          },
          {
            value: "trace",
            label: "Trace",
            content: tab === "trace" && (
              <Suspense fallback={<Loading />}>
                <TraceTab row={row} trace={trace} />
              </Suspense>
            ),
          },
          {
            value: "metrics",
            label: "Metrics",
            content: tab === "metrics" && (
              <HostMetrics host={row.host} time={Number(row.time_ns.slice(0, -6))} />
            ),
          },
          ...(view
            ? []
            : [
                {
                  value: "origins",
                  label: "Pipelines",
                  content: tab === "origins" && <LogOrigins row={row} field={field} />,
                },
              ]),
          {
            value: "json",
            label: "JSON",
            content: <CodeBlock code={writeJson(asJson(row))} wrap />,
          },
        ]}
      />
    </div>
  );
}

/** Date and time of the time zone in use, with all nine digits of the second. */
function exactTime(row: Log): string {
  const nanoseconds = row.time_ns.slice(-6);
  return formatInstant(Number(row.time_ns.slice(0, -6))) + (nanoseconds === "000000" ? "" : nanoseconds);
}

const asJson = ({ attributes, id, host, service, source, status, message, tags, timestamp }: Log) => ({
  id,
  timestamp,
  host,
  service,
  source,
  status,
  message,
  tags,
  attributes,
});

function TagMenu({ tag, actions }: { tag: string; actions: RowActions }) {
  const colon = tag.indexOf(":");
  const [field, value] = colon > 0 ? [tag.slice(0, colon), tag.slice(colon + 1)] : ["tags", tag];
  return <ValueMenu field={field} value={value} actions={actions} label={tag} />;
}

function Message({ row }: { row: Log }) {
  const text = withoutColors(row.message);
  const stack = valueAt(row.attributes, "error.stack");
  return (
    <>
      <CodeBlock wrap code={text} copy={row.message} />
      {typeof stack === "string" && stack !== "" && (
        <section>
          <h4>{textOf(valueAt(row.attributes, "error.kind")) || "Stack trace"}</h4>
          <CodeBlock wrap code={withoutColors(stack)} />
        </section>
      )}
    </>
  );
}

function Attributes({ row, actions }: PanelProps) {
  if (Object.keys(row.attributes).length === 0) return <p className="muted">This log has no attributes.</p>;
  return <JsonTree value={row.attributes} actions={actions} />;
}

interface Around {
  before: Log[];
  after: Log[];
}

/** What says where a line comes from. Never the status: the lines before an error are those that matter. */
function origin(row: Log): { field: string; value: string }[] {
  const found = [
    { field: "host", value: row.host },
    { field: "service", value: row.service },
  ];
  for (const key of ["filename", "container_id", "pod_name"]) {
    const value = tagValues(row.tags, key)[0];
    if (value) found.push({ field: key, value });
  }
  return found.filter((one) => one.value !== "");
}

const WIDTHS = ["10", "25", "100", "500"].map((value) => ({ value, label: value }));

function Context({ row, view }: { row: Log; view: string | undefined }) {
  const [size, setSize] = useState("10");
  const [left, setLeft] = useState<readonly string[]>([]);
  const terms = origin(row);
  const query =
    terms
      .filter((one) => !left.includes(one.field))
      .map(writeTerm)
      .join(" ") || "*";
  const found = useQuery({
    queryKey: ["log-context", row.id, query, size, view],
    placeholderData: (last: Around | undefined, of) => (of?.queryKey[1] === row.id ? last : undefined),
    retry: false,
    queryFn: ({ signal }) =>
      request<Around>("GET", `/api/ui/logs/${row.id}/context`, {
        query: { query, before: size, after: size, index: view },
        signal,
        parse: parseJson,
      }),
  });
  const former = useFormer(found, row.id, query, size);
  return (
    <div className={css.details}>
      <div className={css.buttons}>
        {terms.map(({ field, value }) => (
          <Button
            key={field}
            size="small"
            aria-pressed={!left.includes(field)}
            onClick={() =>
              setLeft(left.includes(field) ? left.filter((one) => one !== field) : [...left, field])
            }
          >
            {left.includes(field) ? "○" : "●"} {field}:{value}
          </Button>
        ))}
        <Segments label="Lines before and after" value={size} options={WIDTHS} onChange={setSize} />
      </div>
      <Async query={found} text={query} former={former}>
        {({ before, after }) => (
          <div>
            {[...before, row, ...after].map((one) => (
              <Line key={one.id} log={one} current={one.id === row.id} />
            ))}
          </div>
        )}
      </Async>
    </div>
  );
}

function Line({ log, current }: { log: Log; current: boolean }) {
  const address = new URLSearchParams(useSearch());
  address.set("event", log.id);
  return (
    <Link href={`/logs?${address}`} className={css.contextLine} aria-current={current || undefined}>
      <span className="num muted">
        <i title={log.status} style={{ background: `var(${STATUS_COLORS[log.status] ?? "--info"})` }} />
        <span className="visually-hidden">{log.status}</span>
        {formatInstant(Number(log.time_ns.slice(0, -6)))}
      </span>
      <span>{withoutColors(log.message)}</span>
    </Link>
  );
}
