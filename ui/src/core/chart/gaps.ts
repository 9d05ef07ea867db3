/** Which holes of a line are outages, and which are only a sender slower than the buckets. */

/** Seconds over which a line is drawn through missing buckets, as values are interpolated in queries. */
export const BRIDGED_S = 300;

/** A point with no other so near that a line joins them would be invisible without a dot. */
export function hasLonePoint(
  times: readonly number[],
  values: readonly (number | null | undefined)[],
): boolean {
  let previous: number | null = null;
  let joined = true;
  for (let i = 0; i < times.length; i++) {
    if (values[i] === null || values[i] === undefined) continue;
    const near = previous !== null && times[i]! - previous <= BRIDGED_S;
    if (!near && !joined) return true;
    joined = near;
    previous = times[i]!;
  }
  return previous !== null && !joined;
}
