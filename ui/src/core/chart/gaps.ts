/** Which holes of a line are outages, and which are only a sender slower than the buckets. */

type Given = readonly (number | null | undefined)[];

/** Seconds over which a line is drawn through missing buckets, as values are interpolated in queries. */
const BRIDGED_S = 300;

/** A sender is known by its rhythm: fewer distances than this are none. */
const RHYTHM = 4;

/** Seconds that a line may cross without a value: more where the sender itself is slower, or buckets are wider. */
export function bridged(times: readonly number[], values: Given): number {
  const present = times.filter((_, i) => values[i] !== null && values[i] !== undefined);
  if (present.length <= RHYTHM) return BRIDGED_S;
  const distances = present.slice(1).map((time, i) => time - present[i]!);
  const usual = distances.sort((a, b) => a - b)[Math.floor(distances.length / 2)]!;
  return Math.max(BRIDGED_S, usual * 1.5);
}

export interface Holes {
  /** Times before and after each outage. */
  outages: [number, number][];
  /** Places of points with no other so near that a line joins them: invisible without a dot. */
  lone: number[];
}

export function holes(times: readonly number[], values: Given): Holes {
  const limit = bridged(times, values);
  const found: Holes = { outages: [], lone: [] };
  let previous = -1;
  let joined = true;
  for (let i = 0; i < times.length; i++) {
    if (values[i] === null || values[i] === undefined) continue;
    const near = previous >= 0 && times[i]! - times[previous]! <= limit;
    if (previous >= 0 && !near) found.outages.push([times[previous]!, times[i]!]);
    if (!near && !joined) found.lone.push(previous);
    joined = near;
    previous = i;
  }
  if (previous >= 0 && !joined) found.lone.push(previous);
  return found;
}
