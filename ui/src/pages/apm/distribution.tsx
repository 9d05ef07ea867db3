/** Requests by latency: bars on a logarithmic axis, errors on top; lines where the percentiles are. */

import { formatDuration } from "~/core/units";
import { formatWhole } from "~/explorer/format";
import type { LatencyBucket } from "./api";
import css from "./trace.module.css";

interface DistributionProps {
  buckets: readonly LatencyBucket[];
  /** Seconds by name, of all requests. */
  percentiles: Readonly<Record<string, number>>;
}

const MARKS = ["p50", "p95", "p99"];

export function Distribution({ buckets, percentiles }: DistributionProps) {
  const first = buckets[0];
  const last = buckets.at(-1);
  if (!first || !last) return <p className="muted">No requests in the selected time range</p>;
  const most = Math.max(...buckets.map((one) => one.ok + one.error));
  const place = (seconds: number) => (Math.log(seconds / first.low) / Math.log(last.high / first.low)) * 100;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => first.low * (last.high / first.low) ** share);
  const marks = MARKS.flatMap((name) => (percentiles[name] ? [{ name, at: percentiles[name] }] : []));
  return (
    <div className={css.distribution}>
      <div
        className={css.bars}
        role="img"
        aria-label={`Latency from ${formatDuration(first.low)} to ${formatDuration(last.high)}`}
      >
        {buckets.map((one) => (
          <span
            key={one.low}
            title={`${formatDuration(one.low)} to ${formatDuration(one.high)}: ${formatWhole(one.ok + one.error)} requests, ${formatWhole(one.error)} errors`}
          >
            <i data-error style={{ height: `${(one.error / most) * 100}%` }} />
            <i style={{ height: `${(one.ok / most) * 100}%` }} />
          </span>
        ))}
        {marks.map(({ name, at }) => (
          <b
            key={name}
            data-mark={name}
            data-late={place(at) > 85 || undefined}
            style={{ left: `${Math.min(100, Math.max(0, place(at)))}%` }}
          >
            {name} {formatDuration(at)}
          </b>
        ))}
      </div>
      <div className={`${css.ruler} num`} aria-hidden="true">
        {ticks.map((seconds) => (
          <span key={seconds}>{formatDuration(seconds)}</span>
        ))}
      </div>
    </div>
  );
}
