/** The past of a monitor as its evaluation sees it: the values that were compared with the thresholds. */

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { request } from "~/api/client";
import { chartSpec } from "~/widgets/chartSpec";
import { TimeseriesChart } from "~/widgets/timeseries/chart";
import { type MonitorDraft, STATES } from "./api";
import { readChange } from "./change";
import { thresholdMarkers } from "./graph";
import { allThresholds, readCondition } from "./query";
import { useMetricUnit } from "./unit";

export type Evaluable = Pick<MonitorDraft, "type" | "query" | "options">;

interface Move {
  group: string;
  kind: string;
  after: string;
  /** UNIX seconds. */
  time: number;
  value: number | null;
}

export interface BacktestAnswer {
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

/** What a monitor would have done between `from` and `to`, UNIX milliseconds; `enabled` where that can be told. */
export function useBacktest(draft: Evaluable, from: number, to: number, enabled: boolean) {
  const { type, query, options } = draft;
  const [start, end] = [Math.floor(from / 60_000) * 60, Math.ceil(to / 60_000) * 60];
  const body = { type, query, options, start, end };
  const subject = `${type} ${query.replace(/(>=|<=|==|!=|>|<)[^<>=!]*$/, "")}`;
  return useQuery({
    queryKey: ["monitor-backtest", subject, body],
    queryFn: ({ signal }) => request<BacktestAnswer>("POST", "/api/ui/monitors/backtest", { body, signal }),
    enabled,
    // The answer of before stays while another threshold is tried; of another query it would mislead.
    placeholderData: (last, of) => (of?.queryKey[1] === subject ? last : undefined),
    retry: false,
  });
}

interface EvaluatedProps {
  answer: BacktestAnswer;
  draft: Evaluable;
  /** In CSS pixels. */
  height?: number;
}

/** What was compared with the thresholds in the past, with the changes of state. */
export function Evaluated({ answer, draft, height = 160 }: EvaluatedProps) {
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
  return <TimeseriesChart spec={spec} height={height} legend="compact" />;
}

const SEVERITIES = { alert: "alert", warn: "warn", ok: "ok", nodata: "info", info: "info" } as const;

/** The query whose unit the evaluated values have: none where they are percents, shares or counts. */
function comparedMetric(text: string): string | undefined {
  const change = readChange(text);
  if (change) return change.kind === "change" ? change.query : undefined;
  return readCondition(text)?.query;
}
