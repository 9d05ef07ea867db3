/** From a timeseries widget and its data to what the chart is told to draw. */

import type { Band, ChartSeries, ChartSpec, Marker, Severity, Values, YAxis } from "~/core/chart/model";
import { splitForecast } from "~/core/forecast";
import { largest } from "~/core/largest";
import { paletteStyle, slotStyle } from "~/core/palette";
import { fillTimes, type Series } from "~/core/response";
import { parseMarker } from "./markers";
import type { Window } from "./request";
import type { WidgetAxis, WidgetDefinition, WidgetMarker, WidgetRequest } from "./types";

const SEVERITY: Record<string, Severity> = { error: "alert", warning: "warn", ok: "ok", info: "info" };
const WIDTH: Record<string, number> = { thin: 1, normal: 1.5, thick: 2.5 };
const DASH: Record<string, number[]> = { dashed: [6, 4], dotted: [2, 3] };

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
  const times = buckets([...kept]);
  const position = new Map(times.map((time, index) => [time, index]));
  let slot = 0;
  const series = answers.flatMap((answer, index) => {
    let within = 0;
    const marked = answer.some((one) => one.outlier);
    // Colors go by the place in the answer: they stay while others come and go among the largest.
    return answer.flatMap((one) => {
      const place = { position, size: times.length, slot: slot++, within: within++, marked };
      return kept.has(one) ? [drawn(one, requests[index] ?? {}, place)] : [];
    });
  });
  const seconds = times.map((time) => time / 1000);
  return {
    times: seconds,
    series: distinct(series.flatMap((one) => splitForecast(one, seconds, now / 1000))),
    ...(kept.size < all.length && { cut: { drawn: kept.size, total: all.length } }),
    from: firstMoment(seconds, window),
    to: window.to / 1000,
    markers: (definition.markers ?? []).flatMap(toMarker),
    yAxis: toAxis(definition.yaxis),
    rightAxis: toAxis(definition.right_yaxis),
  };
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
  slot: number;
  within: number;
  /** Whether outliers are marked among these: the others step back. */
  marked: boolean;
}

function drawn(series: Series, request: WidgetRequest, place: Place): ChartSeries {
  const palette = request.style?.palette;
  const plain = palette === undefined || ["dog_classic", "datadog16"].includes(palette);
  const style = plain ? slotStyle(place.slot) : paletteStyle(palette, place.within);
  const spread = (values: readonly (number | null)[]): Values => {
    const result: Values = Array(place.size).fill(null);
    series.times.forEach((time, index) => {
      result[place.position.get(time)!] = values[index] ?? null;
    });
    return result;
  };
  const kind = request.display_type === "overlay" ? "line" : (request.display_type ?? "line");
  return {
    key: `${series.name} ${place.slot}`,
    label: series.name,
    values: spread(series.values),
    kind,
    color: style.color,
    dash: DASH[request.style?.line_type ?? ""] ?? style.dash,
    width: WIDTH[request.style?.line_width ?? (place.marked ? "thin" : "normal")],
    unit: series.unit,
    tags: series.tags,
    ...(request.on_right_yaxis && { right: true }),
    ...(series.outlier && { outlier: true, color: "--alert", width: WIDTH.thick }),
    ...(series.band && { band: mapBand(series.band, spread) }),
  };
}

function mapBand({ lower, upper, surprise }: Band, spread: (values: Values) => Values): Band {
  return { lower: spread(lower), upper: spread(upper), ...(surprise && { surprise: spread(surprise) }) };
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

function toMarker(marker: WidgetMarker): Marker[] {
  const shape = parseMarker(marker);
  if (!shape) return [];
  const severity = SEVERITY[shape.severity] ?? "info";
  const value = shape.from ?? shape.to!;
  const stripe = shape.from !== null && shape.to !== null && shape.from !== shape.to;
  return [
    {
      value,
      severity,
      dashed: shape.dashed,
      label: shape.label || undefined,
      ...(stripe && { to: shape.to! }),
    },
  ];
}

function toAxis(axis: WidgetAxis | undefined): YAxis {
  const number = (text: string | undefined) =>
    text && Number.isFinite(Number(text)) ? Number(text) : undefined;
  const [min, max] = [number(axis?.min), number(axis?.max)];
  return { min, max, scale: toScale(axis?.scale ?? "linear"), includeZero: axis?.include_zero ?? true };
}

/** `linear`, `log`, `sqrt` or `pow2`, `pow0.5` and so on. */
function toScale(text: string): NonNullable<YAxis["scale"]> {
  if (text === "log") return "log";
  if (text === "sqrt") return 0.5;
  const power = Number(/^pow(\d*\.?\d+)$/.exec(text)?.[1] ?? Number.NaN);
  return power > 0 ? power : "linear";
}
