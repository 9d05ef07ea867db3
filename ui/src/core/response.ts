/** Answers of metric queries, from the API's two shapes to the one that charts draw. Pure. */
import { distinctLabels } from "./labels";
import type { UnitPair } from "./units";

export type Values = (number | null)[];

/** Expected range (anomalies, forecast), on the times of its series. */
export interface Band {
  lower: Values;
  upper: Values;
  /** How surprising each value is: 1 is what an unusual stretch of the past had. */
  surprise?: Values;
  /** Of the algorithm `auto`: 1 is where an alert is due. */
  score?: Values;
}

export interface Series {
  /** What the legend calls it: its alias, or what tells it from the others of the answer. */
  name: string;
  tags: string[];
  unit: UnitPair | null;
  /** Which formula of its request it comes from. */
  formula?: number;
  /** UNIX milliseconds, ascending. */
  times: number[];
  values: Values;
  /** Expected range, on the same times; it may reach beyond the values, as forecasts do. */
  band?: Band;
  /** Of `outliers()`: it differs from the rest. */
  outlier?: boolean;
}

export interface Answer {
  series: Series[];
  /** What the server says of the answer: that something was cut, or is not as whole as it looks. */
  notes: string[];
}

type Points = [number, number | null][];

interface Bands {
  lower?: Points;
  upper?: Points;
  surprise?: Points;
  score?: Points;
}

interface V1Series {
  display_name?: string;
  metric?: string;
  expression?: string;
  tag_set?: string[];
  unit?: UnitPair | null;
  pointlist: Points;
  bands?: Bands;
  attributes?: { outlier?: boolean };
}

/** `GET /api/v1/query`. */
export interface V1Answer {
  series?: V1Series[];
  /** Notes, which are sentences, joined by "; ". */
  message?: string;
}

interface V2Series {
  group_tags?: string[];
  query_index?: number;
  unit?: UnitPair | null;
  bands?: Bands;
  outlier?: boolean;
}

/** `POST /api/v2/query/timeseries`. */
export interface V2Answer {
  data?: {
    attributes?: {
      series?: V2Series[];
      times?: number[];
      values?: Values[];
    };
  };
  meta?: { notes?: string[] };
}

export interface Alias {
  expression: string;
  alias_name?: string;
}

/** `aliases` renames by expression, as a request's `metadata` does. */
export function fromV1(body: V1Answer, aliases: readonly Alias[] = []): Answer {
  const given = body.series ?? [];
  const names = namesOf(
    given.map((one) => ({
      alias: aliases.find((alias) => alias.expression === one.expression)?.alias_name,
      tags: one.tag_set ?? [],
      query: one.display_name ?? one.metric ?? one.expression ?? "",
    })),
  );
  const series = given.map((one, i) => ({
    name: names[i]!,
    tags: one.tag_set ?? [],
    unit: one.unit ?? null,
    ...timed(
      one.pointlist.map((point) => point[0]),
      one.pointlist.map((point) => point[1]),
      one.bands,
    ),
    ...(one.attributes?.outlier && { outlier: true }),
  }));
  return { series, notes: body.message ? body.message.split(/(?<=\.); /) : [] };
}

/** `formulas[i]` is what the i-th formula is called: its alias, or its own words. */
export function fromV2(body: V2Answer, formulas: readonly string[]): Answer {
  const { series: given = [], times = [], values = [] } = body.data?.attributes ?? {};
  const names = namesOf(
    given.map((one) => ({ tags: one.group_tags ?? [], query: formulas[one.query_index ?? 0] ?? "" })),
  );
  const series = given.map((one, i) => ({
    name: names[i]!,
    tags: one.group_tags ?? [],
    unit: one.unit ?? null,
    formula: one.query_index ?? 0,
    ...timed(times, values[i] ?? [], one.bands),
    ...(one.outlier && { outlier: true }),
  }));
  return { series, notes: body.meta?.notes ?? [] };
}

/** With a band the times are also those at which only the band has a value. */
function timed(
  times: number[],
  values: Values,
  bands: Bands | undefined,
): Pick<Series, "times" | "values" | "band"> {
  if (!bands?.lower || !bands.upper) return { times, values };
  const all = [...new Set([...times, ...bands.upper.map((point) => point[0])])].sort((a, b) => a - b);
  const on = (points: Iterable<[number, number | null]>) => {
    const known = new Map(points);
    return all.map((time) => known.get(time) ?? null);
  };
  const points = times.map((time, i): [number, number | null] => [time, values[i] ?? null]);
  const band: Band = { lower: on(bands.lower), upper: on(bands.upper) };
  if (bands.surprise) band.surprise = on(bands.surprise);
  if (bands.score) band.score = on(bands.score);
  return { times: all, values: on(points), band };
}

interface Named {
  alias?: string;
  tags: readonly string[];
  query: string;
}

/** Groups by the tags that tell them apart; the query where there is no group, or where several stand together. */
function namesOf(series: readonly Named[]): string[] {
  const several = new Set(series.map((one) => one.query)).size > 1;
  const tags = distinctLabels(series.map((one) => one.tags));
  return series.map(({ alias, query }, i) => {
    if (alias) return alias;
    return [tags[i], several || !tags[i] ? query : ""].filter(Boolean).join(" · ");
  });
}

const MAX_BUCKETS = 5000;

/** Buckets between the first and last, also those that every series lacks, or lines would run across an outage. */
export function fillTimes(present: Iterable<number>, interval: number): number[] {
  const sorted = [...new Set(present)].sort((a, b) => a - b);
  const first = sorted[0];
  const last = sorted.at(-1);
  if (first === undefined || last === undefined || interval <= 0) return sorted;
  if ((last - first) / interval > MAX_BUCKETS) return sorted;
  const times: number[] = [];
  for (const time of sorted) {
    let previous = times.at(-1);
    while (previous !== undefined && time - previous > interval * 1.5) {
      previous += interval;
      times.push(previous);
    }
    times.push(time);
  }
  return times;
}
