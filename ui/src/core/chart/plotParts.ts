/** What a chart on uPlot is made of: the order of drawing, the room, what a change of needs a new chart. Pure, but for the theme. */
import type uPlot from "uplot";
import type { ChartSeries, ChartSpec } from "./model";

/**
 * Areas, then bars from the top of the stack down, so that the lower ones cover their part, then lines, those of
 * few interest first, and comparisons above all.
 */
export function drawingOrder(series: readonly ChartSeries[]): number[] {
  const where = (test: (one: ChartSeries) => boolean) => series.flatMap((one, i) => (test(one) ? [i] : []));
  return [
    ...where((one) => one.kind === "area"),
    ...where((one) => one.kind === "bars").reverse(),
    ...where((one) => one.kind === "line" && one.muted === true),
    ...where((one) => one.kind === "line" && !one.muted && !one.overlay),
    ...where((one) => one.kind === "line" && !one.muted && one.overlay === true),
  ];
}

/** Smaller than this, and axes leave no room for what they measure. */
const LEAST = { width: 110, height: 64 };

/** Whether a chart of this size in pixels has axes. */
export function roomOf(width: number, height: number): string {
  return width < LEAST.width || height < LEAST.height ? "none" : "axes";
}

/** What a change of needs a new chart: everything but the numbers. */
export function shapeOf(spec: ChartSpec): string {
  const series = spec.series.map((one) => [
    one.kind,
    one.color,
    one.dash,
    one.width,
    one.hidden,
    one.unit,
    !!one.band,
    one.right,
    one.muted,
    one.labeled,
  ]);
  return JSON.stringify([series, spec.yAxis, spec.rightAxis, spec.bare, spec.markers, spec.events]);
}

/** A marker just out of sight is the one people look for: it is in view if that costs no more than half. */
export function withMarkers(data: [number, number] | null, spec: ChartSpec): [number, number] | null {
  if (!data) return null;
  let [low, high] = data;
  for (const { value, inView } of spec.markers ?? []) {
    if (inView) [low, high] = [Math.min(low, value), Math.max(high, value)];
    if (value > high && value <= high + Math.max(high - Math.min(low, 0), Math.abs(high))) high = value;
    if (value < low && value >= low - (high - low)) low = value;
  }
  return [low, high];
}

export function isLowestArea(series: readonly ChartSeries[], index: number): boolean {
  const own = series[index]!;
  return series.findIndex((one) => one.kind === "area" && !one.hidden && one.right === own.right) === index;
}

/** Fills between each area and the one below it. */
export function areaBands(series: readonly ChartSeries[], fill: (one: ChartSeries) => string): uPlot.Band[] {
  const bands: uPlot.Band[] = [];
  const below = new Map<boolean, number>();
  series.forEach((one, i) => {
    if (one.kind !== "area" || one.hidden) return;
    const under = below.get(one.right ?? false);
    if (under !== undefined) bands.push({ series: [i + 1, under + 1], fill: fill(one) });
    below.set(one.right ?? false, i);
  });
  return bands;
}

export function axisWidth(plot: uPlot, values: string[] | null, font: string): number {
  const context = plot.ctx;
  context.save();
  context.font = font;
  const widest = Math.max(0, ...(values ?? []).map((value) => context.measureText(value).width));
  context.restore();
  return Math.ceil(widest) + 12;
}

/** Calls back when the colors or sizes change: the person chose, or the system did. */
export function onThemeChange(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme", "data-mode"] });
  return () => observer.disconnect();
}
