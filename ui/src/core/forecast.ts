/** What lies ahead of now: the time that graphs of forecasts show beyond it, and their lines there. Pure. */
import type { ChartSeries } from "./chart/model";

interface Window {
  /** UNIX milliseconds. */
  from: number;
  to: number;
}

/** A page that follows the time ends a little before now. */
const NOW_MS = 120_000;

/** Half as much again of what has been, where the question asks for a forecast and the window ends now. */
export function lookAhead<W extends Window>(window: W, question: unknown, now: number): W {
  const asked = /\bforecast\s*\(/.test(JSON.stringify(question));
  if (!asked || Math.abs(now - window.to) > NOW_MS) return window;
  return { ...window, to: window.to + (window.to - window.from) / 2 };
}

/**
 * The line as it was and, dashed from its last value on, as it is expected to be; one line where nothing of it
 * lies ahead of `now` (UNIX seconds, as `times`).
 */
export function splitForecast(
  series: ChartSeries,
  times: readonly number[],
  now: number,
): readonly ChartSeries[] {
  const { band, values } = series;
  if (!band || !values.some((value, i) => value !== null && times[i]! > now)) return [series];
  const start = band.lower.findIndex((value) => value !== null);
  if (start < 0) return [series];
  const last = values.findLastIndex((value, i) => value !== null && i < start);
  const ahead: ChartSeries = {
    ...series,
    label: `${series.label}, forecast`,
    values: values.map((value, i) => (i >= start || i === last ? value : null)),
    dash: [6, 4],
    forecast: true,
  };
  if (last < 0) return [ahead];
  const been = { ...series, values: values.map((value, i) => (i < start ? value : null)) };
  return [{ ...been, band: undefined }, ahead];
}
