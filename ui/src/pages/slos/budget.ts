/** The error budget of a window as it was spent over time. */

import type { V1Answer } from "~/core/response";

/** Percent of the budget that is left after each bucket; the budget is that of all events of the window. */
export function budgetLeft(good: readonly number[], total: readonly number[], target: number): number[] {
  const all = total.reduce((sum, value) => sum + value, 0);
  const budget = (all * (100 - target)) / 100;
  let bad = 0;
  return total.map((value, place) => {
    bad += value - (good[place] ?? 0);
    return budget === 0 ? 100 : 100 * (1 - bad / budget);
  });
}

/** Series as a query would have answered them. */
export function answerOf(
  name: string,
  times: readonly number[],
  values: readonly number[],
  step: number,
): V1Answer {
  const pointlist = times.map((time, place): [number, number | null] => [time, values[place] ?? null]);
  const series = {
    metric: name,
    display_name: name,
    expression: name,
    scope: "*",
    tag_set: [],
    interval: step,
    pointlist,
  };
  return { series: [series] } as unknown as V1Answer;
}
