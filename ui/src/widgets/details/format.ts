/** What the server says of how it answered a query, in words for those who did not write either. Pure. */
import type { Explanation } from "~/api/metrics";
import { counted } from "~/core/labels";
import { formatDuration, writeNumber } from "~/core/units";

/** Tables by what they hold. */
const TABLES: Record<string, string> = {
  points: "points as they were sent",
  points_5m: "rollups of 5 minutes",
  points_1h: "rollups of 1 hour",
  sketches: "distributions",
};

/** Stages in the order in which they happen. */
const STAGES: Record<string, string> = {
  metadata: "Metadata",
  series: "Series lookup",
  plan: "Planning",
  points: "Reading points",
  evaluate: "Evaluation",
};

export function tableName(table: string): string {
  return TABLES[table] ?? table;
}

/** `3 lines of 180 points, a point each 20 s`. */
export function lineWords({ groups, points, interval }: Explanation["expressions"][number]): string {
  if (points === 0) return "no point in this time";
  return `${counted(groups, "line")} of ${writeNumber(points, 6)} points together, one each ${formatDuration(interval)}`;
}

export interface Share {
  name: string;
  milliseconds: number;
  /** Of the whole, 0 to 1. */
  share: number;
}

export function shares(stages: Record<string, number>): Share[] {
  const total = Object.values(stages).reduce((sum, spent) => sum + spent, 0);
  const known = Object.keys(STAGES).filter((name) => name in stages);
  const others = Object.keys(stages).filter((name) => !(name in STAGES));
  return [...known, ...others].map((name) => ({
    name: STAGES[name] ?? name,
    milliseconds: stages[name]!,
    share: total > 0 ? stages[name]! / total : 0,
  }));
}

/** Reads of one metric from one table together: a window is read in parts. */
export function joined(reads: Explanation["reads"]): Explanation["reads"] {
  const found = new Map<string, Explanation["reads"][number]>();
  for (const read of reads) {
    const key = `${read.metric} ${read.table}`;
    const before = found.get(key);
    found.set(key, {
      ...read,
      series: Math.max(read.series, before?.series ?? 0),
      rows: read.rows + (before?.rows ?? 0),
      cached: read.cached + (before?.cached ?? 0),
      milliseconds: read.milliseconds + (before?.milliseconds ?? 0),
    });
  }
  return [...found.values()];
}

/** `2,160 rows`, `12,000 rows, all from memory` or `240 read, 12,000 from memory`. */
export function rowWords({ rows, cached }: Pick<Explanation["reads"][number], "rows" | "cached">): string {
  const say = (count: number) => writeNumber(count, 9);
  const all = `${say(rows + cached)} row${rows + cached === 1 ? "" : "s"}`;
  if (cached === 0) return all;
  return rows === 0 ? `${all}, all from memory` : `${say(rows)} read, ${say(cached)} from memory`;
}

/** `12.3 ms`. */
export function spent(milliseconds: number): string {
  return formatDuration(milliseconds / 1000);
}
