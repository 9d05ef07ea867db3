/** Who left out spans of which service. */

import type { Answer } from "./response";

export interface Drop {
  by: string;
  count: number;
}
export type Dropped = ReadonlyMap<string, readonly Drop[]>;

/** Service, reason and sum of each series. */
export function sums(answer: Pick<Answer, "series"> | undefined): [string, string, number][] {
  return (answer?.series ?? []).map(({ tags, values }) => {
    const tag = (key: string) => tags.find((one) => one.startsWith(`${key}:`))?.slice(key.length + 1) ?? "";
    const sum = values.reduce<number>((total, value) => total + (value ?? 0), 0);
    return [tag("service"), tag("reason"), sum];
  });
}

export const droppedBy = (dropped: Dropped, service: string): readonly Drop[] =>
  [...(dropped.get(service) ?? [])].sort((a, b) => b.count - a.count);
