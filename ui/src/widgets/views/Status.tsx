/** `check_status` and `manage_status`: states, as counts with a shape and a word. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { request } from "~/api/client";
import { formatMoment } from "~/core/time";
import { formatDuration } from "~/core/units";
import { Async, type State, Status } from "~/ui";
import { useWidgetScope } from "../context";
import {
  type GroupHit,
  type MonitorHit,
  STATE_ORDER,
  type Summary,
  type SummaryRow,
  sortedRows,
  summaryRows,
} from "../monitorSummary";
import { NoData } from "../NoData";
import type { WidgetDefinition } from "../types";
import { substitute } from "../variables";
import css from "./views.module.css";

const SHAPES: Record<State, string> = { ok: "●", warn: "▲", alert: "◆", nodata: "○", info: "●" };

interface CountProps {
  state: State;
  word: string;
  count?: number;
  /** Colors the words, in place of their ground. */
  plain?: boolean;
}

function Count({ state, word, count, plain }: CountProps) {
  return (
    <div className={css.status} data-state={state} data-plain={plain || undefined}>
      {count !== undefined && <b className="num">{count}</b>}
      <span>
        {SHAPES[state]} {word}
      </span>
    </div>
  );
}

interface CheckAnswer {
  groups: { group: string; status: number }[];
}

const CHECK_STATES: [State, string][] = [
  ["ok", "OK"],
  ["warn", "Warning"],
  ["alert", "Critical"],
  ["nodata", "Unknown"],
];

export function CheckStatus({ definition }: { definition: WidgetDefinition }) {
  const { variables, chosen, window } = useWidgetScope();
  const single = definition.grouping === "check";
  const given = (definition.tags as string[] | undefined) ?? [];
  const group = single && typeof definition.group === "string" ? definition.group.split(",") : [];
  const tags = [...given, ...group].map((tag) => substitute(tag, variables, chosen));
  const query = useQuery({
    queryKey: ["check", definition.check, definition.group_by, tags, window.to],
    queryFn: ({ signal }) =>
      request<CheckAnswer>("GET", "/api/ui/check_status", {
        query: {
          check: String(definition.check ?? ""),
          group_by: ((definition.group_by as string[] | undefined) ?? []).join(","),
          tags: tags.filter((tag) => tag !== "*").join(","),
        },
        signal,
      }),
    retry: false,
    placeholderData: (old) => old,
  });
  return (
    <Async query={query} text={String(definition.check ?? "")}>
      {({ groups }) => {
        if (groups.length === 0) return <NoData title="This check has not reported" />;
        if (single) return <Single groups={groups} />;
        return (
          <div className={css.statuses}>
            {CHECK_STATES.map(([state, word], status) => {
              const count = groups.filter((one) => one.status === status).length;
              return count > 0 ? <Count key={word} state={state} word={word} count={count} /> : null;
            })}
          </div>
        );
      }}
    </Async>
  );
}

/** One tile with the word of the state: the worst, where several groups match. */
function Single({ groups }: { groups: CheckAnswer["groups"] }) {
  const order = [2, 1, 3, 0];
  const worst = order.find((status) => groups.some((one) => one.status === status)) ?? 3;
  const [state, word] = CHECK_STATES[worst]!;
  return (
    <div className={css.statuses}>
      <Count state={state} word={word} />
    </div>
  );
}

const MONITOR_STATES: Record<string, State> = { Alert: "alert", Warn: "warn", "No Data": "nodata", OK: "ok" };

interface SummaryAnswer {
  monitors?: MonitorHit[];
  groups?: GroupHit[];
}

const SEARCHES: Record<Summary, readonly string[]> = {
  monitors: ["/api/v1/monitor/search"],
  groups: ["/api/v1/monitor/groups/search"],
  combined: ["/api/v1/monitor/search", "/api/v1/monitor/groups/search"],
};

export function MonitorSummary({ definition }: { definition: WidgetDefinition }) {
  const { variables, chosen } = useWidgetScope();
  const text = substitute(String(definition.query ?? ""), variables, chosen);
  const given = String(definition.summary_type ?? "monitors");
  const summary: Summary = given === "groups" || given === "combined" ? given : "monitors";
  const query = useQuery({
    queryKey: ["monitor-summary", summary, text],
    queryFn: async ({ signal }) => {
      const answers = await Promise.all(
        SEARCHES[summary].map((path) =>
          request<SummaryAnswer>("GET", path, { query: { query: text, per_page: 100 }, signal }),
        ),
      );
      return summaryRows(
        summary,
        answers.flatMap((one) => one.monitors ?? []),
        answers.flatMap((one) => one.groups ?? []),
      );
    },
    refetchInterval: 30_000,
    retry: false,
  });
  const format = String(definition.display_format ?? "countsAndList");
  return (
    <Async query={query} text={text}>
      {(rows) =>
        rows.length === 0 ? (
          <NoData title="No monitors found" />
        ) : (
          <div className={css.grid}>
            {format !== "list" && <Counts rows={rows} definition={definition} />}
            {format !== "counts" && <MonitorList rows={rows} definition={definition} />}
          </div>
        )
      }
    </Async>
  );
}

interface RowsProps {
  rows: readonly SummaryRow[];
  definition: WidgetDefinition;
}

function Counts({ rows, definition }: RowsProps) {
  return (
    <div className={css.statuses} style={{ height: "auto" }}>
      {STATE_ORDER.map((word) => {
        const count = rows.filter((row) => row.status === word).length;
        return count === 0 && definition.hide_zero_counts !== false ? null : (
          <Count
            key={word}
            state={MONITOR_STATES[word]!}
            word={word}
            count={count}
            plain={definition.color_preference === "text"}
          />
        );
      })}
    </div>
  );
}

function MonitorList({ rows, definition }: RowsProps) {
  const relative = definition.last_triggered_format === "relative";
  return (
    <ul className={css.monitorList}>
      {sortedRows(rows, String(definition.sort ?? "status,asc")).map((row) => (
        <li key={row.key}>
          {definition.show_status !== false && (
            <Status state={MONITOR_STATES[row.status] ?? "nodata"}>{row.status}</Status>
          )}
          {definition.show_priority === true && row.priority ? (
            <span className="muted">P{row.priority}</span>
          ) : null}
          <Link href={`/monitors/${row.monitor}`} className="truncate" title={row.label}>
            {row.label}
          </Link>
          {definition.show_last_triggered === true && row.triggered ? (
            <span className="muted num" title={formatMoment(row.triggered * 1000)}>
              {relative
                ? `${formatDuration(Date.now() / 1000 - row.triggered)} ago`
                : formatMoment(row.triggered * 1000)}
            </span>
          ) : null}
        </li>
      ))}
    </ul>
  );
}
