/** From a timeseries widget and its data to the input of the chart. */

import type { Band, ChartSeries, ChartSpec, Marker, Severity, Values, YAxis } from "~/core/chart/model";
import { splitForecast } from "~/core/forecast";
import { type SeriesStyle, slotStyle } from "~/core/palette";
import { fillTimes, type Series } from "~/core/response";
import { largest } from "~/core/seriesLimit";
import { pickedStyle, seriesStyles } from "~/core/seriesPalette";
import { toScale } from "./axisScale";
import { parseMarker } from "./markers";
import { formulaUnit } from "./numberFormat";
import type { Window } from "./request";
import type { WidgetAxis, WidgetDefinition, WidgetMarker, WidgetRequest } from "./types";

const SEVERITY: Record<string, Severity> = { error: "alert", warning: "warn", ok: "ok", info: "info" };
const WIDTH: Record<string, number> = { thin: 1, normal: 1.5, thick: 3 };
const DASH: Record<string, number[]> = { dashed: [6, 4], dotted: [2, 3] };
/** Of more lines than this only the largest are in color. */
const MAX_COLORED = 12;

/**
 * Series of all requests on one time axis (UNIX seconds): the union of their times, null where one has none.
 * What lies after `now` (UNIX milliseconds) is a forecast. Of too many series the largest are drawn.
 */
export function chartSpec(
  definition: WidgetDefinition,
  requests: readonly WidgetRequest[],
  answers: readonly (readonly Series[])[],
  window: Window,
  now = Date.now(),
): ChartSpec {
  const all = answers.flat();
  const kept = largest(all);
  // Equal requests share their series: what is drawn is counted, not what is different.
  const count = all.filter((one) => kept.has(one)).length;
  const times = buckets([...kept]);
  const position = new Map(times.map((time, index) => [time, index]));
  const colored = coloredLines(answers, requests);
  let first = 0;
  const series = answers.flatMap((answer, index) => {
    const request = requests[index] ?? {};
    const ordered = inOrder(answer, request);
    const styles = stylesOf(ordered, request, first);
    first += ordered.length;
    const marked = answer.some((one) => one.outlier);
    return ordered.flatMap((one, at) => {
      if (!kept.has(one)) return [];
      const place = { position, size: times.length, style: styles[at]!, marked };
      const line = drawn(one, request, place);
      const own = colored?.get(one);
      if (!colored || line.kind !== "line" || line.outlier) return [line];
      return [own ? { ...line, ...own } : { ...line, muted: true }];
    });
  });
  const seconds = times.map((time) => time / 1000);
  return {
    times: seconds,
    series: distinct(series.flatMap((one) => splitForecast(one, seconds, now / 1000))),
    ...(count < all.length && { cut: { drawn: count, total: all.length } }),
    from: firstMoment(seconds, window),
    to: window.to / 1000,
    markers: (definition.markers ?? []).flatMap(toMarker),
    yAxis: toAxis(definition.yaxis),
    rightAxis: toAxis(definition.right_yaxis),
  };
}

/** As the request orders them: by their current value, or as the server did. */
function inOrder(answer: readonly Series[], request: WidgetRequest): readonly Series[] {
  if (request.style?.order_by !== "values") return answer;
  const last = (one: Series) => one.values.findLast((value) => value !== null) ?? Number.NEGATIVE_INFINITY;
  return [...answer].sort((a, b) => last(b) - last(a));
}

/** Colors of a request's series; a formula's own style comes before the request's. */
function stylesOf(answer: readonly Series[], request: WidgetRequest, first: number): SeriesStyle[] {
  const formulas = [...new Set(answer.map((one) => one.formula ?? 0))];
  const styles = new Map<Series, SeriesStyle>();
  let slot = first;
  for (const formula of formulas) {
    const members = answer.filter((one) => (one.formula ?? 0) === formula);
    const own = request.formulas?.[formula]?.style;
    const palette = own?.palette ?? request.style?.palette;
    const picked = own?.palette_index !== undefined ? pickedStyle(palette, own.palette_index) : null;
    const several = formulas.length > 1 && !own?.palette;
    const found = several ? null : seriesStyles(palette, members, slot);
    members.forEach((one, i) => {
      styles.set(one, picked ?? found?.[i] ?? slotStyle(slot + i));
    });
    slot += members.length;
  }
  const ramp = formulas.length > 1 ? seriesStyles(request.style?.palette, answer, first) : null;
  return answer.map((one, i) => {
    const own = request.formulas?.[one.formula ?? 0]?.style;
    return own || !ramp ? styles.get(one)! : ramp[i]!;
  });
}

/** Of very many lines the largest, each with a color of its own that it keeps while its rank changes. */
function coloredLines(
  answers: readonly (readonly Series[])[],
  requests: readonly WidgetRequest[],
): Map<Series, SeriesStyle> | null {
  const lines = answers.flatMap((answer, i) => {
    const display = requests[i]?.display_type ?? "line";
    return display === "line" ? [...answer] : [];
  });
  if (lines.length <= MAX_COLORED) return null;
  const chosen = [...largest(lines, MAX_COLORED)].sort((a, b) => (a.name < b.name ? -1 : 1));
  return new Map(chosen.map((one, i) => [one, slotStyle(i)]));
}

/** The window's start, or that of the one bucket that is longer than the window and began before it. */
function firstMoment(times: readonly number[], window: Window): number {
  const from = window.from / 1000;
  const last = times.at(-1);
  return last !== undefined && last < from ? last : from;
}

/** All times of the series, and those between that every series lacks, so that no line crosses an outage. */
function buckets(all: readonly Series[]): number[] {
  const columns = [...new Set(all.map((series) => series.times))];
  const present = [...new Set(columns.flat())].sort((a, b) => a - b);
  let interval = 0;
  for (let i = 1; i < present.length; i++) {
    const step = present[i]! - present[i - 1]!;
    if (interval === 0 || step < interval) interval = step;
  }
  return fillTimes(present, interval);
}

interface Place {
  position: Map<number, number>;
  size: number;
  style: SeriesStyle;
  /** Whether outliers are marked among these: the others step back. */
  marked: boolean;
}

function drawn(series: Series, request: WidgetRequest, place: Place): ChartSeries {
  const { style } = place;
  const spread = (values: readonly (number | null)[]): Values => {
    const result: Values = Array(place.size).fill(null);
    series.times.forEach((time, index) => {
      result[place.position.get(time)!] = values[index] ?? null;
    });
    return result;
  };
  const overlay = request.display_type === "overlay";
  const type = request.style?.line_type;
  const formula = request.formulas?.[series.formula ?? 0];
  return {
    key: series.name,
    label: series.name,
    values: spread(series.values),
    kind: request.display_type === "area" || request.display_type === "bars" ? request.display_type : "line",
    color: style.color,
    // What the author calls solid is solid, however many there are.
    dash: type === "solid" ? undefined : (DASH[type ?? ""] ?? style.dash),
    width: WIDTH[request.style?.line_width ?? (place.marked ? "thin" : "normal")] ?? 1.5,
    unit: formulaUnit(formula?.number_format, series.unit),
    tags: series.tags,
    ...(request.style?.has_value_labels === true && { labeled: true }),
    ...(overlay && { overlay: true }),
    ...(isSummable(request) && { summable: true }),
    ...(request.on_right_yaxis && { right: true }),
    ...(series.outlier && { outlier: true, color: "--alert", width: WIDTH.thick }),
    ...(series.band && { band: mapBand(series.band, spread) }),
  };
}

/** Counts add up over time; gauges and averages do not. */
function isSummable(request: WidgetRequest): boolean {
  const queries = request.queries ?? [];
  const counts = queries.filter((query) =>
    query.data_source === "metrics"
      ? /\.as_count\(\)/.test(query.query ?? "")
      : (query.compute as { aggregation?: string } | undefined)?.aggregation === "count",
  );
  return request.q
    ? /\.as_count\(\)/.test(request.q)
    : queries.length > 0 && counts.length === queries.length;
}

function mapBand({ lower, upper, surprise, score }: Band, spread: (values: Values) => Values): Band {
  return {
    lower: spread(lower),
    upper: spread(upper),
    ...(surprise && { surprise: spread(surprise) }),
    ...(score && { score: spread(score) }),
  };
}

/** Keys are unique: two queries may give series of the same name. */
function distinct(series: ChartSeries[]): ChartSeries[] {
  const seen = new Map<string, number>();
  return series.map((one) => {
    const count = seen.get(one.label) ?? 0;
    seen.set(one.label, count + 1);
    return { ...one, key: count === 0 ? one.label : `${one.label} ${count + 1}` };
  });
}

export function toMarker(marker: WidgetMarker): Marker[] {
  const shape = parseMarker(marker);
  if (!shape) return [];
  const severity = SEVERITY[shape.severity] ?? "info";
  const value = shape.from ?? shape.to!;
  // An open range goes on to the edge of the graph.
  const to =
    shape.from === null ? Number.NEGATIVE_INFINITY : shape.to === null ? Number.POSITIVE_INFINITY : shape.to;
  return [
    {
      value,
      severity,
      dashed: shape.dashed,
      label: shape.label || undefined,
      ...(shape.bold && { bold: true }),
      ...(to !== value && { to }),
    },
  ];
}

function toAxis(axis: WidgetAxis | undefined): YAxis {
  const number = (text: string | undefined) =>
    text && Number.isFinite(Number(text)) ? Number(text) : undefined;
  const [min, max] = [number(axis?.min), number(axis?.max)];
  return {
    min,
    max,
    scale: toScale(axis?.scale),
    includeZero: axis?.include_zero ?? true,
    ...(axis?.label && { label: axis.label }),
  };
}
