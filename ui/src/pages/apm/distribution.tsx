/** Requests by latency: bars on a logarithmic axis, errors on top; lines where the percentiles are. */

import { formatDuration } from "~/core/units";
import { formatWhole } from "~/explorer/format";
import type { ExampleTrace, LatencyBucket } from "./api";
import css from "./trace.module.css";

interface DistributionProps {
  buckets: readonly LatencyBucket[];
  examples: readonly ExampleTrace[];
}

const MARKS = ["p50", "p95", "p99"];

export function Distribution({ buckets, examples }: DistributionProps) {
  const first = buckets[0];
  const last = buckets.at(-1);
  if (!first || !last) return <p className="muted">No requests in the selected time range</p>;
  const most = Math.max(...buckets.map((one) => one.ok + one.error));
  const place = (seconds: number) => (Math.log(seconds / first.low) / Math.log(last.high / first.low)) * 100;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => first.low * (last.high / first.low) ** share);
  const marks = examples.filter((one) => MARKS.includes(one.kind));
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
        {marks.map((one) => (
          <b
            key={one.kind}
            data-mark={one.kind}
            data-late={place(one.duration / 1e9) > 85 || undefined}
            style={{ left: `${Math.min(100, Math.max(0, place(one.duration / 1e9)))}%` }}
          >
            {one.kind}
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
