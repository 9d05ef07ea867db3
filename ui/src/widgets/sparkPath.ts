/** The path of a sparkline in a box, zero in view; empty without values. Pure. */

export type SparkKind = "line" | "area" | "bars";
export type SparkRange = readonly [number, number];

/** From the least to the largest of the values, and zero. */
export function sparkRange(values: readonly (number | null)[]): SparkRange {
  let [low, high] = [0, 0];
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

export function sparkPath(
  values: readonly (number | null)[],
  width: number,
  height: number,
  kind: SparkKind = "line",
  [low, high]: SparkRange = sparkRange(values),
): string {
  if (!values.some((value) => value !== null && Number.isFinite(value))) return "";
  const span = high - low || 1;
  const y = (value: number) => (height - 1 - ((value - low) / span) * (height - 2)).toFixed(1);
  if (kind === "bars") return bars(values, width, y);
  const step = width / Math.max(1, values.length - 1);
  const x = (i: number) => (i * step).toFixed(1);
  return runsOf(values)
    .map((run) => {
      const line = run.values
        .map((value, i) => `${i === 0 ? "M" : "L"}${x(run.start + i)} ${y(value)}`)
        .join("");
      const [first, last] = [run.start, run.start + run.values.length - 1];
      return kind === "area" ? `${line}L${x(last)} ${y(0)}L${x(first)} ${y(0)}Z` : line;
    })
    .join("");
}

function bars(values: readonly (number | null)[], width: number, y: (value: number) => string): string {
  const step = width / values.length;
  return values
    .map((value, i) => {
      if (value === null || !Number.isFinite(value)) return "";
      const [left, right] = [(i + 0.1) * step, (i + 0.9) * step].map((at) => at.toFixed(1));
      return `M${left} ${y(0)}V${y(value)}H${right}V${y(0)}Z`;
    })
    .join("");
}

interface Run {
  start: number;
  values: number[];
}

/** Stretches without a gap. */
function runsOf(values: readonly (number | null)[]): Run[] {
  const runs: Run[] = [];
  let open: Run | null = null;
  values.forEach((value, i) => {
    if (value === null || !Number.isFinite(value)) {
      open = null;
      return;
    }
    if (open) {
      open.values.push(value);
      return;
    }
    open = { start: i, values: [value] };
    runs.push(open);
  });
  return runs;
}
