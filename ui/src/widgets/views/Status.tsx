/** `check_status`, `manage_status` and `alert_value`: states, as counts with a shape and a word. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { request } from "~/api/client";
import { Async, Empty, type State, Status } from "~/ui";
import { useWidgetScope } from "../context";
import type { WidgetDefinition } from "../types";
import { substitute } from "../variables";
import css from "./views.module.css";

const SHAPES: Record<State, string> = { ok: "●", warn: "▲", alert: "◆", nodata: "○", info: "●" };

function Count({ state, word, count }: { state: State; word: string; count: number }) {
  return (
    <div className={css.status} data-state={state}>
      <b className="num">{count}</b>
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
  const tags = ((definition.tags as string[] | undefined) ?? []).map((tag) =>
    substitute(tag, variables, chosen),
  );
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
      {(answer) =>
        answer.groups.length === 0 ? (
          <Empty title="This check has not reported" />
        ) : (
          <div className={css.statuses}>
            {CHECK_STATES.map(([state, word], status) => {
              const count = answer.groups.filter((group) => group.status === status).length;
              return count > 0 ? <Count key={word} state={state} word={word} count={count} /> : null;
            })}
          </div>
        )
      }
    </Async>
  );
}

interface FoundMonitor {
  id: number;
  name: string;
  status: string;
}

const MONITOR_STATES: Record<string, State> = { Alert: "alert", Warn: "warn", "No Data": "nodata", OK: "ok" };

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
  return (
    <Async query={query} text={text}>
      {({ monitors }) => (
        <div className={css.grid}>
          <div className={css.statuses} style={{ height: "auto" }}>
            {Object.entries(MONITOR_STATES).map(([word, state]) => {
              const count = monitors.filter((monitor) => monitor.status === word).length;
              return count === 0 && definition.hide_zero_counts !== false ? null : (
                <Count key={word} state={state} word={word} count={count} />
              );
            })}
          </div>
          {definition.display_format !== "counts" && (
            <ul style={{ overflow: "auto", minHeight: 0 }}>
              {monitors.map((monitor) => (
                <li key={monitor.id}>
                  <Status state={MONITOR_STATES[monitor.status] ?? "nodata"}>{monitor.status}</Status>{" "}
                  <Link href={`/monitors/${monitor.id}`}>{monitor.name}</Link>
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
    </Async>
  );
}
