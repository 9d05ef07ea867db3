/** What the monitor that is being written would have done in the selected time range. */

import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useMemo } from "react";
import { request } from "~/api/client";
import { Panel, Status } from "~/ui";
import { chartSpec } from "~/widgets/chartSpec";
import { TimeseriesChart } from "~/widgets/timeseries/chart";
import { type MonitorDraft, STATES } from "./api";
import { readChange } from "./change";
import { thresholdMarkers } from "./graph";
import { allThresholds, backtestProblem, readCondition } from "./query";
import { useMetricUnit } from "./unit";

interface Move {
  group: string;
  kind: string;
  after: string;
  /** UNIX seconds. */
  time: number;
  value: number | null;
}

interface Answer {
  moves: Move[];
  notifications: number;
  groups: number;
  evaluated: number;
  seconds: Record<string, number>;
  /** Seconds between evaluations. */
  step: number;
  /** UNIX seconds of `values`, which are what was compared with the thresholds, by group. */
  times: number[];
  values: Record<string, (number | null)[]>;
}

const SHOWN = 8;

/** `2h 5m`, `45m`. */
function minutes(seconds: number): string {
  const all = Math.round(seconds / 60);
  const hours = Math.floor(all / 60);
  return hours > 0 ? `${hours}h ${all % 60}m` : `${all}m`;
}

const moment = (seconds: number) =>
  new Date(seconds * 1000).toLocaleString("en-US", {
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  });

/** `from` and `to` in UNIX milliseconds. */
export function BacktestPanel({ draft, from, to }: { draft: MonitorDraft; from: number; to: number }) {
  // Whether there is a backtest is judged of the deferred draft, which is the one that is sent.
  const { type, query, options } = useDeferredValue(draft);
  const condition = readCondition(query);
  const problem = condition ? backtestProblem(condition, options.thresholds ?? {}) : undefined;
  const [start, end] = [Math.floor(from / 60_000) * 60, Math.ceil(to / 60_000) * 60];
  const body = { type, query, options, start, end };
  const subject = `${type} ${query.replace(/(>=|<=|==|!=|>|<)[^<>=!]*$/, "")}`;
  const found = useQuery({
    queryKey: ["monitor-backtest", subject, body],
    queryFn: ({ signal }) => request<Answer>("POST", "/api/ui/monitors/backtest", { body, signal }),
    enabled: problem === undefined,
    // The answer of before stays while another threshold is tried; of another query it would mislead.
    placeholderData: (last, of) => (of?.queryKey[1] === subject ? last : undefined),
    retry: false,
  });
  const answer = found.data;
  return (
    <Panel
      title="Backtest"
      hint="what would have happened in the selected time range"
      busy={found.isFetching}
    >
      <div style={{ padding: "0 var(--s-5) var(--s-4)" }}>
        {problem !== undefined || found.error ? (
          <p className="muted">{problem ?? (found.error as Error).message}</p>
        ) : (
          answer && (
            <>
              <Evaluated answer={answer} draft={draft} />
              <p>
                <b>{answer.notifications}</b> {answer.notifications === 1 ? "notification" : "notifications"}{" "}
                of {answer.evaluated} {answer.evaluated === 1 ? "group" : "groups"}
                {answer.groups > answer.evaluated && ` (the first of ${answer.groups})`}; in Alert for{" "}
                <b>{minutes(answer.seconds.Alert ?? 0)}</b>
                {(answer.seconds.Warn ?? 0) > 0 && `, in Warn for ${minutes(answer.seconds.Warn!)}`}.
                {answer.step > 60 && (
                  <span className="muted"> Evaluated every {minutes(answer.step)} of that time.</span>
                )}
              </p>
              <ul style={{ listStyle: "none", margin: 0, padding: 0, display: "grid", gap: "var(--s-2)" }}>
                {answer.moves.slice(0, SHOWN).map((move) => (
                  <li
                    key={`${move.group} ${move.time}`}
                    style={{ display: "flex", gap: "var(--s-4)", alignItems: "center" }}
                  >
                    <span className="muted" style={{ width: 110 }}>
                      {moment(move.time)}
                    </span>
                    <Status state={STATES[move.after] ?? "nodata"}>{move.kind}</Status>
                    <span className="truncate">{move.group === "*" ? "all" : move.group}</span>
                    {move.value !== null && (
                      <span className="muted">{Number(move.value.toPrecision(4))}</span>
                    )}
                  </li>
                ))}
              </ul>
              {answer.moves.length > SHOWN && (
                <p className="muted">and {answer.notifications - SHOWN} more</p>
              )}
            </>
          )
        )}
      </div>
    </Panel>
  );
}

/** What was compared with the thresholds in the past, with the changes of state. */
function Evaluated({ answer, draft }: { answer: Answer; draft: MonitorDraft }) {
  const unit = useMetricUnit(comparedMetric(draft.query));
  const { query, options } = draft;
  const thresholds = useMemo(() => allThresholds(query, options.thresholds), [query, options.thresholds]);
  const spec = useMemo(() => {
    const times = answer.times.map((time) => time * 1000);
    const series = Object.entries(answer.values)
      .filter(([, values]) => values.some((value) => value !== null))
      .map(([group, values]) => ({ name: group === "*" ? "value" : group, tags: [], unit, times, values }));
    const window = { from: times[0] ?? 0, to: times.at(-1) ?? 0 };
    const base = chartSpec({ type: "timeseries" }, [{}], [series], window);
    const events = answer.moves.map((move) => ({
      time: move.time,
      label: `${move.group === "*" ? "all" : move.group}: ${move.kind}`,
      severity: SEVERITIES[STATES[move.after] ?? "nodata"],
    }));
    return { ...base, markers: thresholdMarkers(thresholds), events };
  }, [answer, thresholds, unit]);
  if (spec.series.length === 0) return null;
  return (
    <div style={{ marginBottom: "var(--s-3)" }}>
      <p className="muted">Evaluated values</p>
      <TimeseriesChart spec={spec} height={160} legend="compact" />
    </div>
  );
}

const SEVERITIES = { alert: "alert", warn: "warn", ok: "ok", nodata: "info", info: "info" } as const;

/** The query whose unit the evaluated values have: none where they are percents, shares or counts. */
function comparedMetric(text: string): string | undefined {
  const change = readChange(text);
  if (change) return change.kind === "change" ? change.query : undefined;
  return readCondition(text)?.query;
}
