/** What the monitor that is being written would have done in the selected time range. */

import { useDeferredValue } from "react";
import { Panel, Status } from "~/ui";
import { type MonitorDraft, STATES } from "./api";
import { Evaluated, useBacktest } from "./evaluated";
import { backtestProblem, readCondition } from "./query";

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
  const judged = useDeferredValue(draft);
  const condition = readCondition(judged.query);
  const problem = condition ? backtestProblem(condition, judged.options.thresholds ?? {}) : undefined;
  const found = useBacktest(judged, from, to, problem === undefined);
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
              <p className="muted">Evaluated values</p>
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
