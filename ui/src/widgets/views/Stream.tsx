/** `list_stream`, `log_stream` and `event_stream`: the latest entries that match a search. */
import { useMemo } from "react";
import { formatMoment } from "~/core/time";
import { formatDuration } from "~/core/units";
import { Async, type Column, DataTable, useFormer } from "~/ui";
import { columnWidth } from "../columnWidth";
import { useSize } from "../dom";
import { NoData } from "../NoData";
import { patternOf, type StreamColumn } from "../streamColumns";
import { type Entry, useEntries } from "../streamEntries";
import type { WidgetDefinition } from "../types";
import css from "./views.module.css";

export function Stream({ definition }: { definition: WidgetDefinition }) {
  const { stream, search, time, query } = useEntries(definition);
  const former = useFormer(query, search, stream, time);
  if (stream.missing) return <NoData title={`No ${stream.missing} data is stored here`} />;
  return (
    <Async query={query} text={search}>
      {(data) => {
        if (data.length === 0) return <NoData />;
        return stream.patterns ? (
          <Patterns
            entries={data}
            field={stream.field ?? "content"}
            groups={stream.groups ?? NO_GROUPS}
            former={former}
          />
        ) : (
          <Entries
            entries={data}
            columns={stream.columns}
            label={definition.title || "Entries"}
            lines={stream.lines ?? 1}
            former={former}
          />
        );
      }}
    </Async>
  );
}

interface EntriesProps {
  entries: Entry[];
  columns: readonly StreamColumn[];
  label: string;
  lines: number;
  former: boolean;
}

const NO_GROUPS: readonly string[] = [];

/** Narrower lists write the time without its date, so that the text has room. */
const NARROW_PX = 520;

function Entries({ entries, columns, label, lines, former }: EntriesProps) {
  const [frame, size] = useSize<HTMLDivElement>();
  const narrow = size.width > 0 && size.width < NARROW_PX;
  return (
    <div ref={frame} className={css.grid}>
      <DataTable
        label={label}
        rows={entries}
        columns={columns.map((one) => column(one, entries, narrow, lines, columns.some(takesRest)))}
        rowKey={(row) => row.id}
        rowHeight={22 + (lines - 1) * 16}
        former={former}
      />
    </div>
  );
}

const STATE: [RegExp, string][] = [
  [/^(emerg|alert|crit|fatal|error|err)/i, "alert"],
  [/^warn/i, "warn"],
  [/^(ok|success)/i, "ok"],
  [/^(info|notice)/i, "info"],
];

const TITLES: Record<string, string> = {
  timestamp: "Date",
  host: "Host",
  service: "Service",
  content: "Content",
  title: "Title",
  resource_name: "Resource",
  operation_name: "Operation",
  "@duration": "Duration",
  "@http.status_code": "Status code",
  duration: "Duration",
  status: "Status",
  env: "Env",
  message: "Message",
  source: "Source",
  "issue.last_seen": "Last seen",
  "issue.first_seen": "First seen",
  "issue.count": "Errors",
  "issue.state": "State",
  "error.type": "Error",
};

const SHORT = 14;
/** Names of services, times and codes, which nobody wants cut so that a long text has more room. */
const isShort = (texts: readonly string[]) => texts.every((text) => text.length <= SHORT);

const TEXTS = new Set(["content", "message", "title"]);
const takesRest = ({ field, width }: StreamColumn) => TEXTS.has(field) || width === "full";

function column(
  { field, width }: StreamColumn,
  entries: readonly Entry[],
  narrow: boolean,
  lines: number,
  /** Whether one of the columns takes what the others leave. */
  rests: boolean,
): Column<Entry> {
  if (field === "status_line") {
    return {
      key: field,
      title: "",
      width: "28px",
      cell: (row) => {
        const status = shown(row, "status") || "info";
        const state = STATE.find(([pattern]) => pattern.test(status))?.[1] ?? "nodata";
        return (
          <i className={css.statusLine} data-state={state} role="img" aria-label={status} title={status} />
        );
      },
    };
  }
  const title = TITLES[field] ?? field.replace(/^@/, "");
  const texts = entries.map((row) => shown(row, field));
  const wide = takesRest({ field, width });
  const time = field === "timestamp" || field === "date";
  const rest = narrow ? "minmax(110px, 900fr)" : "minmax(220px, 900fr)";
  return {
    key: field,
    title: <span title={title}>{title}</span>,
    width: wide
      ? rest
      : time
        ? narrow
          ? "84px"
          : "152px"
        : columnWidth(title, texts, rests || isShort(texts) ? "whole" : "shortened"),
    cell: (row) => {
      const text = shown(row, field);
      if (lines > 1 && wide) {
        return (
          <span className={`${css.lines} mono`} style={{ WebkitLineClamp: lines }} title={text}>
            {text}
          </span>
        );
      }
      return (
        <span className="truncate mono" title={text}>
          {time && narrow ? text.replace(/^.*, /, "") : text}
        </span>
      );
    },
  };
}

export function shown(row: Entry, field: string): string {
  const attributes = row.attributes;
  const nested = attributes.attributes as Record<string, unknown> | undefined;
  if (field === "timestamp" || field === "date") {
    return formatMoment(new Date(String(attributes.timestamp ?? attributes.start_timestamp)).getTime());
  }
  const custom = (attributes.custom ?? nested?.custom) as Record<string, unknown> | undefined;
  if (field === "duration" || field === "@duration") return durationOf(attributes, nested);
  if (field === "status") return String(attributes.status ?? nested?.status ?? nested?.alert_type ?? "");
  if (field === "title") return firstLine(nested?.title ?? attributes.title ?? attributes.message);
  if (field === "content" || field === "message") {
    return String(attributes.message ?? attributes.title ?? nested?.title ?? attributes.resource_name ?? "");
  }
  const path = field.replace(/^@/, "");
  const tag = (attributes.tags as string[] | undefined)?.find((one) =>
    one.startsWith(`${path.replace(/^tag_/, "")}:`),
  );
  const value =
    attributes[path] ??
    nested?.[path] ??
    path.split(".").reduce<unknown>(step, nested) ??
    path.split(".").reduce<unknown>(step, custom) ??
    tag?.slice(tag.indexOf(":") + 1);
  if (value === undefined || value === null) return "";
  if (/^issue\..*_seen$/.test(field)) return formatMoment(Number(value));
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Of a span: nanoseconds, or from its start to its end. */
function durationOf(
  attributes: Record<string, unknown>,
  nested: Record<string, unknown> | undefined,
): string {
  const custom = (attributes.custom ?? nested?.custom) as Record<string, unknown> | undefined;
  const own = attributes.duration ?? nested?.duration ?? custom?.duration;
  if (typeof own === "number") return formatDuration(own / 1e9);
  const [start, end] = [attributes.start_timestamp, attributes.end_timestamp].map((one) =>
    Date.parse(String(one)),
  );
  return Number.isFinite(end! - start!) ? formatDuration((end! - start!) / 1000) : "";
}

const firstLine = (value: unknown) => String(value ?? "").split("\n", 1)[0]!;
const step = (value: unknown, key: string) => (value as Record<string, unknown> | undefined)?.[key];

interface Pattern {
  groups: string[];
  pattern: string;
  count: number;
  example: string;
}

/** Lines that differ in numbers and ids alone, counted together. */
interface PatternsProps {
  entries: readonly Entry[];
  field: string;
  groups: readonly string[];
  former: boolean;
}

function Patterns({ entries, field, groups, former }: PatternsProps) {
  const rows = useMemo(() => {
    const found = new Map<string, Pattern>();
    for (const entry of entries) {
      const example = shown(entry, field);
      const own = groups.map((facet) => shown(entry, facet));
      const pattern = patternOf(example);
      const key = [...own, pattern].join("\u0000");
      const known = found.get(key) ?? { groups: own, pattern, count: 0, example };
      known.count += 1;
      found.set(key, known);
    }
    return [...found.values()];
  }, [entries, field, groups]);
  const columns: Column<Pattern>[] = [
    {
      key: "count",
      title: "Count",
      number: true,
      width: "84px",
      sort: (row) => row.count,
      cell: (row) => row.count.toLocaleString(),
    },
    ...groups.map(
      (facet, i): Column<Pattern> => ({
        key: `group ${facet}`,
        title: TITLES[facet] ?? facet.replace(/^@/, ""),
        sort: (row) => row.groups[i],
        width: columnWidth(
          facet,
          rows.map((row) => row.groups[i] ?? ""),
          "whole",
        ),
        cell: (row) => <span className="truncate">{row.groups[i]}</span>,
      }),
    ),
    {
      key: "pattern",
      title: "Pattern",
      sort: (row) => row.pattern,
      width: "minmax(220px, 900fr)",
      cell: (row) => (
        <span className="truncate mono" title={row.example}>
          {row.pattern}
        </span>
      ),
    },
  ];
  return (
    <DataTable
      label="Patterns"
      rows={rows}
      columns={columns}
      rowKey={(row) => [...row.groups, row.pattern].join("\u0000")}
      rowHeight={22}
      former={former}
      initialSort={{ key: "count", descending: true }}
    />
  );
}
