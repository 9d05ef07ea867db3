/** `check_status` and `manage_status`: states, as counts with a shape and a word. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { request } from "~/api/client";
import { formatMoment } from "~/core/time";
import { Async, type State, Status } from "~/ui";
import { useWidgetScope } from "../context";
import { NoData } from "../NoData";
import type { WidgetDefinition } from "../types";
import { substitute } from "../variables";
import css from "./views.module.css";

const SHAPES: Record<State, string> = { ok: "●", warn: "▲", alert: "◆", nodata: "○", info: "●" };

function Count({ state, word, count }: { state: State; word: string; count?: number }) {
  return (
    <div className={css.status} data-state={state}>
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

interface FoundMonitor {
  id: number;
  name: string;
  status: string;
  priority?: number | null;
  last_triggered_ts?: number | null;
}

const MONITOR_STATES: Record<string, State> = { Alert: "alert", Warn: "warn", "No Data": "nodata", OK: "ok" };
const STATE_ORDER = Object.keys(MONITOR_STATES);

export function MonitorSummary({ definition }: { definition: WidgetDefinition }) {
  const { variables, chosen } = useWidgetScope();
  const text = substitute(String(definition.query ?? ""), variables, chosen);
  const query = useQuery({
    queryKey: ["monitor-summary", text],
    queryFn: ({ signal }) =>
      request<{ monitors: FoundMonitor[] }>("GET", "/api/v1/monitor/search", {
        query: { query: text, per_page: 100 },
        signal,
      }),
    refetchInterval: 30_000,
    retry: false,
  });
  const format = String(definition.display_format ?? "countsAndList");
  return (
    <Async query={query} text={text}>
      {({ monitors }) => (
        <div className={css.grid}>
          {format !== "list" && <Counts monitors={monitors} definition={definition} />}
          {format !== "counts" && <MonitorList monitors={monitors} definition={definition} />}
        </div>
      )}
    </Async>
  );
}

interface MonitorsProps {
  monitors: readonly FoundMonitor[];
  definition: WidgetDefinition;
}

function Counts({ monitors, definition }: MonitorsProps) {
  if (monitors.length === 0) return <NoData title="No monitors found" />;
  return (
    <div className={css.statuses} style={{ height: "auto" }}>
      {STATE_ORDER.map((word) => {
        const count = monitors.filter((monitor) => monitor.status === word).length;
        return count === 0 && definition.hide_zero_counts !== false ? null : (
          <Count key={word} state={MONITOR_STATES[word]!} word={word} count={count} />
        );
      })}
    </div>
  );
}

function MonitorList({ monitors, definition }: MonitorsProps) {
  return (
    <ul className={css.monitorList}>
      {sortedMonitors(monitors, String(definition.sort ?? "status,asc")).map((monitor) => (
        <li key={monitor.id}>
          <Status state={MONITOR_STATES[monitor.status] ?? "nodata"}>{monitor.status}</Status>
          {definition.show_priority === true && monitor.priority ? (
            <span className="muted">P{monitor.priority}</span>
          ) : null}
          <Link href={`/monitors/${monitor.id}`} className="truncate" title={monitor.name}>
            {monitor.name}
          </Link>
          {definition.show_last_triggered === true && monitor.last_triggered_ts ? (
            <span className="muted num">{formatMoment(monitor.last_triggered_ts * 1000)}</span>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

function sortedMonitors(monitors: readonly FoundMonitor[], sort: string): FoundMonitor[] {
  const [by, order = "asc"] = sort.split(",");
  const rank = (monitor: FoundMonitor): string | number => {
    if (by === "name") return monitor.name.toLowerCase();
    if (by === "priority") return monitor.priority ?? 9;
    if (by === "triggered") return monitor.last_triggered_ts ?? 0;
    const position = STATE_ORDER.indexOf(monitor.status);
    return position < 0 ? STATE_ORDER.length : position;
  };
  const sign = order === "desc" ? -1 : 1;
  return [...monitors].sort((a, b) => {
    const [x, y] = [rank(a), rank(b)];
    return (x < y ? -1 : x > y ? 1 : 0) * sign;
  });
}
