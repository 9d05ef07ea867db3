/** Answers of metric queries, from the API's two shapes to one that charts draw. Pure. */
import type { Values } from "./chart/model";
import { distinctLabels } from "./labels";
import type { UnitPair } from "./units";

export interface AnswerSeries {
  key: string;
  /** Only what tells it from the others. */
  label: string;
  metric: string;
  tags: readonly string[];
  values: Values;
  band?: { lower: Values; upper: Values };
  unit: UnitPair | null;
  /** Which query or formula it answers. */
  index: number;
}

export interface Answer {
  /** UNIX seconds, a bucket each, also where no series has a value. */
  times: number[];
  series: AnswerSeries[];
  /** Seconds of a bucket. */
  interval: number;
  notes: string[];
}

type Points = [number, number][];

export interface V1Series {
  metric: string;
  display_name?: string;
  expression: string;
  scope: string;
  tag_set: string[];
  interval: number;
  query_index: number;
  unit: UnitPair | null;
  pointlist: Points;
  bands?: { lower: Points; upper: Points };
}

export interface V1Answer {
  series: V1Series[];
  message?: string;
}

export interface V2Answer {
  data: {
    attributes: {
      series: {
        group_tags: string[];
        query_index: number;
        unit: UnitPair | null;
        bands?: { lower: Points; upper: Points };
      }[];
      times: number[];
      values: (number | null)[][];
    };
  };
  meta?: { notes?: string[] };
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

export function fromV1(body: V1Answer): Answer {
  const interval = Math.min(...body.series.map((one) => one.interval), Number.POSITIVE_INFINITY);
  const present = new Set<number>();
  for (const one of body.series) {
    for (const [time] of one.pointlist) present.add(time / 1000);
    for (const [time] of one.bands?.upper ?? []) present.add(time / 1000);
  }
  const times = fillTimes(present, Number.isFinite(interval) ? interval : 0);
  const place = new Map(times.map((time, i) => [time, i]));
  const spread = (points: Points): Values => pointsOn(points, place);
  const labels = labelsOf(
    body.series.map((one) => ({ tags: one.tag_set, name: one.display_name ?? one.expression })),
  );
  const series = body.series.map((one, i) => ({
    key: `${one.query_index}|${one.expression}|${one.scope}`,
    label: labels[i]!,
    metric: one.metric,
    tags: one.tag_set,
    values: spread(one.pointlist),
    band: one.bands && { lower: spread(one.bands.lower), upper: spread(one.bands.upper) },
    unit: one.unit,
    index: one.query_index,
  }));
  const notes = body.message ? [body.message] : [];
  return { times, series, interval: Number.isFinite(interval) ? interval : 0, notes };
}

/** Points on the buckets of an answer; `place` tells where each second stands. */
function pointsOn(points: Points, place: ReadonlyMap<number, number>): Values {
  const values: Values = new Array(place.size).fill(null);
  for (const [time, value] of points) {
    const at = place.get(time / 1000);
    if (at !== undefined) values[at] = value;
  }
  return values;
}

/** `names` are those of the formulas, or their aliases. */
export function fromV2(body: V2Answer, names: readonly string[]): Answer {
  const { attributes } = body.data;
  const given = attributes.times.map((time) => time / 1000);
  const interval = smallestStep(given);
  const banded = attributes.series.flatMap((one) => one.bands?.upper.map(([time]) => time / 1000) ?? []);
  const times = fillTimes([...given, ...banded], interval);
  const place = new Map(times.map((time, i) => [time, i]));
  const spreadPoints = (points: Points): Values => pointsOn(points, place);
  const spread = (values: readonly (number | null)[]): Values => {
    const spreadOut: Values = new Array(times.length).fill(null);
    values.forEach((value, i) => {
      spreadOut[place.get(given[i]!)!] = value;
    });
    return spreadOut;
  };
  const labels = labelsOf(
    attributes.series.map((one) => ({ tags: one.group_tags, name: names[one.query_index] ?? "" })),
  );
  const series = attributes.series.map((one, i) => {
    const { bands } = one;
    return {
      key: `${one.query_index}|${one.group_tags.join(",")}`,
      label: labels[i]!,
      metric: names[one.query_index] ?? "",
      tags: one.group_tags,
      values: spread(attributes.values[i] ?? []),
      band: bands && { lower: spreadPoints(bands.lower), upper: spreadPoints(bands.upper) },
      unit: one.unit,
      index: one.query_index,
    };
  });
  return { times, series, interval, notes: body.meta?.notes ?? [] };
}

function smallestStep(times: readonly number[]): number {
  let step = Number.POSITIVE_INFINITY;
  for (let i = 1; i < times.length; i++) step = Math.min(step, times[i]! - times[i - 1]!);
  return Number.isFinite(step) ? step : 0;
}

/** Groups by their tags; the name of the query where it has none, or where several queries stand side by side. */
function labelsOf(series: readonly { tags: readonly string[]; name: string }[]): string[] {
  const several = new Set(series.map((one) => one.name)).size > 1;
  const tags = distinctLabels(series.map((one) => one.tags));
  return series.map((one, i) => {
    if (one.tags.length === 0) return one.name;
    return several ? `${one.name} ${tags[i]}` : tags[i]!;
  });
}
