/** What uPlot does not draw by itself: bands, red stretches, thresholds, events. Canvas pixels throughout. */

import type uPlot from "uplot";
import { resolveColor, withAlpha } from "../palette";
import { formatValue } from "../units";
import { fittedText } from "./fittedText";
import type { Band, ChartSeries, EventMark, Marker, Severity, Values } from "./model";

const SEVERITY: Record<Severity, string> = { alert: "--alert", warn: "--warn", ok: "--ok", info: "--info" };

/** Name of the scale that a series is measured by. */
export function scaleOf(series: ChartSeries): "y" | "right" {
  return series.right ? "right" : "y";
}

function area(plot: uPlot): [number, number, number, number] {
  const { left, top, width, height } = plot.bbox;
  return [left, top, width, height];
}

/** Outlines of a band, one closed path for each unbroken piece. */
function bandPath(plot: uPlot, times: readonly number[], band: Band, scale: string): Path2D {
  const path = new Path2D();
  const x = (i: number) => plot.valToPos(times[i]!, "x", true);
  const y = (value: number) => plot.valToPos(value, scale, true);
  let start = -1;
  for (let i = 0; i <= times.length; i++) {
    const present = i < times.length && band.lower[i] != null && band.upper[i] != null;
    if (present && start < 0) start = i;
    if (present || start < 0) continue;
    path.moveTo(x(start), y(band.upper[start]!));
    for (let k = start + 1; k < i; k++) path.lineTo(x(k), y(band.upper[k]!));
    for (let k = i - 1; k >= start; k--) path.lineTo(x(k), y(band.lower[k]!));
    path.closePath();
    start = -1;
  }
  return path;
}

function clipped(plot: uPlot, draw: (context: CanvasRenderingContext2D) => void) {
  const context = plot.ctx;
  context.save();
  context.beginPath();
  context.rect(...area(plot));
  context.clip();
  draw(context);
  context.restore();
}

export function drawBands(plot: uPlot, times: readonly number[], series: readonly ChartSeries[]) {
  for (const one of series) {
    if (!one.band || one.hidden) continue;
    const path = bandPath(plot, times, one.band, scaleOf(one));
    clipped(plot, (context) => {
      context.fillStyle = withAlpha(resolveColor("--band", plot.root), 0.22);
      context.fill(path);
    });
  }
}

/** The part of a line that lies outside of its band, again in red: clipped, so it changes color at the very edge. */
export function drawOutliers(plot: uPlot, times: readonly number[], series: readonly ChartSeries[]) {
  series.forEach((one, i) => {
    if (!one.band || one.hidden || one.forecast) return;
    const stroke = (plot.series[i + 1] as { _paths?: { stroke?: Path2D } })._paths?.stroke;
    if (!stroke) return;
    const everywhere = bandPath(plot, times, one.band, scaleOf(one));
    // The band's own columns only: where there is no band, nothing is out of it.
    const columns = bandColumns(plot, times, one.band);
    clipped(plot, (context) => {
      context.clip(columns);
      const rest = new Path2D(everywhere);
      rest.rect(...area(plot));
      context.clip(rest, "evenodd");
      context.strokeStyle = resolveColor("--alert", plot.root);
      context.lineWidth = 2.5 * devicePixelRatio;
      context.lineJoin = "round";
      context.stroke(stroke);
    });
  });
}

function bandColumns(plot: uPlot, times: readonly number[], band: Band): Path2D {
  const path = new Path2D();
  const [, top, , height] = area(plot);
  let start = -1;
  for (let i = 0; i <= times.length; i++) {
    const present = i < times.length && band.lower[i] != null && band.upper[i] != null;
    if (present && start < 0) start = i;
    if (present || start < 0) continue;
    const left = plot.valToPos(times[start]!, "x", true);
    path.rect(left, top, plot.valToPos(times[i - 1]!, "x", true) - left, height);
    start = -1;
  }
  return path;
}

const LABEL_GAP_PX = 6;

/** Values at the points of the series that ask for it; one that would lie on another is left out. */
export function drawValueLabels(
  plot: uPlot,
  times: readonly number[],
  series: readonly ChartSeries[],
  tops: readonly Values[],
  font: string,
) {
  const ratio = devicePixelRatio;
  const taken: [number, number, number, number][] = [];
  series.forEach((one, at) => {
    if (!one.labeled || one.hidden || one.muted) return;
    clipped(plot, (context) => {
      context.font = font;
      context.fillStyle = resolveColor("--text-2", plot.root);
      context.textAlign = "center";
      context.textBaseline = "bottom";
      const height = Number.parseFloat(font.replace(/^\d+ /, "")) || 11 * ratio;
      times.forEach((time, i) => {
        const [value, top] = [one.values[i], tops[at]?.[i]];
        if (value == null || top == null) return;
        const text = formatValue(value, one.unit);
        const half = context.measureText(text).width / 2 + LABEL_GAP_PX * ratio;
        const [x, y] = [plot.valToPos(time, "x", true), plot.valToPos(top, scaleOf(one), true) - 3 * ratio];
        const { left, width } = plot.bbox;
        if (x - half < left - LABEL_GAP_PX * ratio || x + half > left + width + LABEL_GAP_PX * ratio) return;
        const free = taken.every(
          ([start, end, above, below]) =>
            x + half <= start || x - half >= end || y <= above || y - height >= below,
        );
        if (!free) return;
        taken.push([x - half, x + half, y - height, y]);
        context.fillText(text, x, y);
      });
    });
  });
}

const LABEL_PX = 13;

/** The middle of a label above a marker at `y`, or below it where another stands or the plot ends; null without room. */
export function labelPlace(
  y: number,
  top: number,
  bottom: number,
  taken: readonly number[],
  ratio: number,
): number | null {
  const size = LABEL_PX * ratio;
  const gap = 2 * ratio + size / 2;
  const free = (middle: number) =>
    middle - size / 2 >= top &&
    middle + size / 2 <= bottom &&
    taken.every((other) => Math.abs(other - middle) >= size);
  return [y - gap, y + gap].find(free) ?? null;
}

export function drawMarkers(plot: uPlot, markers: readonly Marker[], font: string) {
  const ratio = devicePixelRatio;
  const [left, top, width, height] = area(plot);
  const halo = resolveColor("--surface", plot.root);
  /** Heights at which a label stands already. */
  const taken: number[] = [];
  const placed = markers.map((marker) => ({
    ...marker,
    color: resolveColor(SEVERITY[marker.severity], plot.root),
    y: plot.valToPos(marker.value, "y", true),
  }));
  clipped(plot, (context) => {
    for (const { color, y, to, bold, dashed } of placed) {
      if (to !== undefined) {
        const end = Math.max(top, Math.min(top + height, plot.valToPos(to, "y", true)));
        context.fillStyle = withAlpha(color, 0.1);
        context.fillRect(left, Math.min(y, end), width, Math.abs(end - y));
      }
      context.strokeStyle = color;
      context.lineWidth = bold ? 3 * ratio : ratio;
      context.setLineDash(dashed === false ? [] : [5 * ratio, 4 * ratio]);
      context.beginPath();
      context.moveTo(left, y);
      context.lineTo(left + width, y);
      context.stroke();
    }
    // Over all lines, on a halo.
    context.font = font;
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.setLineDash([]);
    context.lineJoin = "round";
    context.strokeStyle = halo;
    context.lineWidth = 3 * ratio;
    for (const { color, y, label } of placed) {
      const place = label ? labelPlace(y, top, top + height, taken, ratio) : null;
      if (!label || place === null) continue;
      taken.push(place);
      context.fillStyle = color;
      const text = fittedText(context, label, width - 8 * ratio);
      context.strokeText(text, left + width - 4 * ratio, place);
      context.fillText(text, left + width - 4 * ratio, place);
    }
  });
}

export function drawEvents(plot: uPlot, events: readonly EventMark[]) {
  const ratio = devicePixelRatio;
  const [left, top, width, height] = area(plot);
  for (const event of events) {
    const x = plot.valToPos(event.time, "x", true);
    const context = plot.ctx;
    const color = resolveColor(
      event.color ?? (event.severity ? SEVERITY[event.severity] : "--c5"),
      plot.root,
    );
    context.save();
    if (event.until !== undefined) {
      const from = Math.max(left, x);
      const to = Math.min(left + width, plot.valToPos(event.until, "x", true));
      context.globalAlpha = 0.14;
      context.fillStyle = color;
      if (to > from) context.fillRect(from, top, to - from, height);
      context.globalAlpha = 1;
    }
    if (x < left || x > left + width) {
      context.restore();
      continue;
    }
    context.strokeStyle = color;
    context.fillStyle = color;
    context.lineWidth = ratio;
    context.setLineDash([2 * ratio, 3 * ratio]);
    context.beginPath();
    context.moveTo(x, top);
    context.lineTo(x, top + height);
    context.stroke();
    context.beginPath();
    context.moveTo(x, top + height - 6 * ratio);
    context.lineTo(x - 4 * ratio, top + height);
    context.lineTo(x + 4 * ratio, top + height);
    context.fill();
    context.restore();
  }
}
