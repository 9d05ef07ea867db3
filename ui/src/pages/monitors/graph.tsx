/** The query of a monitor over time, with its thresholds drawn and its changes of state marked. */

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { request } from "~/api/client";
import { refuseWrong } from "~/api/metrics";
import type { Marker } from "~/core/chart/model";
import { lookAhead } from "~/core/forecast";
import { fromV1, type V1Answer } from "~/core/response";
import { Async, Empty } from "~/ui";
import { chartSpec } from "~/widgets/chartSpec";
import { Notes } from "~/widgets/notes";
import { TimeseriesChart } from "~/widgets/timeseries/chart";
import type { Thresholds, Transition } from "./api";
import { STATES } from "./api";
import { thresholdMeaning } from "./query";

interface Props {
  query: string;
  thresholds: Thresholds;
  /** UNIX milliseconds. */
  from: number;
  to: number;
  transitions?: readonly Transition[];
  height?: number;
  /** Ask only for a query that is known to be right: beside an editor that has it checked anyway. */
  checked?: boolean;
}

export function MonitorGraph(props: Props) {
  const { query: text, thresholds, transitions = [], height = 260, checked, ...shown } = props;
  const { from, to } = lookAhead({ from: shown.from, to: shown.to }, text, Date.now());
  const query = useQuery({
    queryKey: ["monitor-graph", text, from, to],
    enabled: text !== "",
    // Of another query nothing stays: it would be read as the answer to this one.
    placeholderData: (last, of) => (of?.queryKey[1] === text ? last : undefined),
    retry: false,
    queryFn: async ({ signal, client }) => {
      if (checked) await refuseWrong(client, [text]);
      const query = { query: text, from: Math.floor(from / 1000), to: Math.ceil(to / 1000) };
      return request<V1Answer>("GET", "/api/v1/query", { query, signal });
    },
  });
  const answer = useMemo(() => (query.data ? fromV1(query.data) : { series: [], notes: [] }), [query.data]);
  const spec = useMemo(() => {
    const base = chartSpec({ type: "timeseries" }, [{}], [answer.series], { from, to });
    const events = transitions
      .filter((change) => change.time * 1000 >= from && change.time * 1000 <= to)
      .map((change) => {
        const state = STATES[change.after];
        return {
          time: change.time,
          label: `${change.group}: ${change.before} → ${change.after}`,
          severity: state === "nodata" || state === undefined ? ("info" as const) : state,
        };
      });
    return { ...base, markers: thresholdMeaning(text) ? [] : thresholdMarkers(thresholds), events };
  }, [answer, text, thresholds, transitions, from, to]);
  if (!text) return <Empty title="Enter a query" />;
  return (
    <Async query={query} text={text}>
      {() => (
        <>
          {spec.series.length === 0 ? (
            <Empty title="No data in the selected time range" />
          ) : (
            <TimeseriesChart spec={spec} height={height} legend="compact" />
          )}
          <Notes notes={answer.notes} />
        </>
      )}
    </Async>
  );
}

/** Lines at the alert and warning thresholds. */
export function thresholdMarkers(thresholds: Thresholds): Marker[] {
  const line = (value: number | undefined, label: string, severity: Marker["severity"]): Marker[] =>
    value === undefined || Number.isNaN(value)
      ? []
      : [{ value, label, severity, dashed: true, inView: true }];
  return [...line(thresholds.critical, "Alert", "alert"), ...line(thresholds.warning, "Warning", "warn")];
}
