/** Metrics of a log's host around the moment of the log. */
import { useMemo } from "react";
import { Link } from "wouter";
import { useMetrics } from "~/api/metrics";
import type { SeriesKind } from "~/core/chart/model";
import { rangeToParams, type TimeRange } from "~/core/time";
import css from "~/explorer/panels.module.css";
import { Async, Panel } from "~/ui";
import { chartSpec } from "~/widgets/chartSpec";
import { TimeseriesChart } from "~/widgets/timeseries/chart";

const AROUND = 15 * 60_000;
const CHARTS: { title: string; metrics: string[]; kind: SeriesKind }[] = [
  { title: "CPU", metrics: ["system.cpu.user", "system.cpu.system", "system.cpu.iowait"], kind: "area" },
  { title: "Memory used", metrics: ["system.mem.used"], kind: "area" },
  { title: "Load", metrics: ["system.load.1", "system.load.5", "system.load.15"], kind: "line" },
  { title: "Network received", metrics: ["system.net.bytes_rcvd"], kind: "line" },
];
const NONE = () => undefined;

export function HostMetrics({ host, time }: { host: string; time: number }) {
  // Whole minutes: stepping through lines of one minute reads the same points.
  const minute = Math.floor(time / 60_000) * 60_000;
  const range = useMemo<TimeRange>(
    () => ({ from: minute - AROUND, to: minute + AROUND, live: false }),
    [minute],
  );
  if (!host) return <p className="muted">This log has no host.</p>;
  const address = new URLSearchParams({ host, ...rangeToParams(range) });
  return (
    <div className={css.details}>
      <p className="muted">
        Fifteen minutes before and after the log; the dotted line is its time.{" "}
        <Link href={`/infrastructure?${address}`}>View host {host}</Link>
      </p>
      <div className={css.charts}>
        {CHARTS.map((chart) => (
          <Chart key={chart.title} {...chart} host={host} range={range} time={time} />
        ))}
      </div>
    </div>
  );
}

interface ChartProps {
  title: string;
  metrics: string[];
  kind: SeriesKind;
  host: string;
  range: TimeRange;
  time: number;
}

function Chart({ title, metrics, kind, host, range, time }: ChartProps) {
  const found = useMetrics(
    {
      queries: metrics.map((metric, at) => ({ name: `q${at}`, query: `avg:${metric}{host:${host}}` })),
      formulas: metrics.map((metric, at) => ({ formula: `q${at}`, alias: metric.replace(/^system\./, "") })),
    },
    range,
  );
  return (
    <Panel title={title} busy={found.isFetching} style={{ height: 170 }}>
      <Async query={found}>
        {(answer) => {
          if (answer.series.length === 0) return <p className="muted">No data around this log</p>;
          const drawn = chartSpec({ type: "timeseries" }, [{ display_type: kind }], [answer.series], range);
          const spec = { ...drawn, events: [{ time: time / 1000, label: "This log" }] };
          return <TimeseriesChart spec={spec} legend="none" onZoom={NONE} group="log-host" />;
        }}
      </Async>
    </Panel>
  );
}
