/** Uptime over time in one strip: up, down, without data, and what corrections take out. */

import { formatTime } from "./format";

interface Props {
  /** UNIX seconds and 0 up, 1 down, 2 no data, where it changes. */
  history: readonly (readonly [number, number])[];
  /** UNIX seconds. */
  from: number;
  to: number;
  corrections: readonly { start: number; end: number }[];
}

const COLORS = ["var(--ok, #2f9e63)", "var(--alert, #d64550)", "var(--nodata, #8a93a6)"];
const WORDS = ["Up", "Down", "No data"];

export function UptimeStrip({ history, from, to, corrections }: Props) {
  const span = Math.max(to - from, 1);
  const place = (time: number) => (1000 * (Math.min(Math.max(time, from), to) - from)) / span;
  return (
    <>
      <svg
        viewBox="0 0 1000 28"
        preserveAspectRatio="none"
        width="100%"
        height={28}
        role="img"
        aria-label="Uptime over time"
      >
        {history.map(([time, code], index) => {
          const end = history[index + 1]?.[0] ?? to;
          const width = Math.max(place(end) - place(time), code === 1 ? 1.5 : 0);
          return (
            <rect key={time} x={place(time)} width={width} y={0} height={22} fill={COLORS[code]}>
              <title>{`${WORDS[code]}: ${formatTime(time)} to ${formatTime(end)}`}</title>
            </rect>
          );
        })}
        {corrections.map((one) => (
          <rect
            key={one.start}
            x={place(one.start)}
            width={Math.max(place(one.end) - place(one.start), 1)}
            y={23}
            height={5}
            fill="var(--accent, #2b5bd7)"
          >
            <title>{`Correction: ${formatTime(one.start)} to ${formatTime(one.end)}`}</title>
          </rect>
        ))}
      </svg>
      <div style={{ display: "flex", justifyContent: "space-between" }} className="muted">
        <span>{formatTime(from)}</span>
        <span>{formatTime(to)}</span>
      </div>
    </>
  );
}
