/** A time-series chart on uPlot. Framework-free: give it an element and a specification, it draws and reports. */
import uPlot from "uplot";
import { resolveColor, withAlpha } from "../palette";
import { commonUnit, formatValue, NumberFormat } from "../units";
import { logTicks, powered, poweredTicks, roomyTicks, timeLabels, timeTicks, yRange, yTicks } from "./axes";
import { joinGroup, oncePerFrame, shareTime } from "./crosshair";
import { drawBands, drawEvents, drawMarkers, drawOutliers, drawValueLabels, scaleOf } from "./draw";
import { fittedText, measuring } from "./fittedText";
import { type Holes, holes } from "./gaps";
import type { ChartSeries, ChartSpec, Values, YAxis } from "./model";
import {
  areaBands,
  axisWidth,
  drawingOrder,
  isLowestArea,
  onThemeChange,
  roomOf,
  shapeOf,
  withMarkers,
} from "./plotParts";
import { extent, leastAbove, stacked } from "./stack";

export interface Cursor {
  /** Index of the bucket under the pointer. */
  index: number;
  /** Pointer within the plot area, CSS pixels from its top left. */
  x: number;
  y: number;
  /** Value of the y axis at the pointer, and of that at the right. */
  value: number;
  right: number;
  /** Where the plot area begins on the screen. */
  origin: { left: number; top: number };
}

export interface PlotEvents {
  /** Only for the chart under the pointer; the others of its group show the cross-hair alone. */
  onCursor?: (cursor: Cursor | null) => void;
  /** A dragged range, UNIX seconds. */
  onZoom?: (from: number, to: number) => void;
}

const AXIS_FONT_PX = 11;

/** More dots than this hide the lines, and each costs time at every move of the pointer. */
const MAX_DOTS = 40;

export class TimeSeriesPlot {
  private plot: uPlot | null = null;
  /** The series in the order of drawing; uPlot's indices are one higher (its first is time). */
  private drawn: ChartSeries[] = [];
  private tops: Values[] = [];
  /** Holes of each drawn series, looked for once: each drawing asks three times. */
  private found: Holes[] = [];
  private shape = "";
  private room = "";
  private hovered = false;
  /** The line that shows where the pointer is on another chart of the group. */
  private line: HTMLElement | null = null;
  private readonly leaveGroup: () => void;
  private readonly observer: ResizeObserver;
  private readonly stopTheme: () => void;

  constructor(
    private readonly element: HTMLElement,
    private spec: ChartSpec,
    private readonly events: PlotEvents = {},
    private readonly group = "page",
  ) {
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(element);
    this.stopTheme = onThemeChange(() => this.rebuild());
    this.leaveGroup = joinGroup(group, this);
    this.rebuild();
  }

  /** Shows where the pointer is on another chart of the group. */
  cross(time: number | null) {
    if (!this.line || !this.plot) return;
    const { from, to } = this.spec;
    const share = time === null ? -1 : (time - from) / (to - from);
    const shown = share >= 0 && share <= 1;
    this.line.style.opacity = shown ? "1" : "0";
    const width = this.plot.bbox.width / devicePixelRatio;
    if (shown) this.line.style.transform = `translateX(${Math.round(share * width)}px)`;
  }

  /** The pointer, or the keyboard's focus, is elsewhere. */
  leave() {
    if (!this.hovered) return;
    this.hovered = false;
    this.move.cancel();
    this.plot?.setCursor({ left: -10, top: -10 }, false);
    shareTime(this.group, this, null);
    this.events.onCursor?.(null);
  }

  /** Draws another specification; what is drawn differently only in numbers is not rebuilt. */
  update(spec: ChartSpec) {
    this.spec = spec;
    if (!this.plot || shapeOf(spec) !== this.shape) {
      this.rebuild();
      return;
    }
    this.plot.setData(this.data(), false);
    this.plot.setScale("x", { min: spec.from, max: spec.to });
  }

  /** Moves the cross-hair by buckets, for the arrow keys. */
  step(direction: -1 | 1, current: number | null): number | null {
    const { times } = this.spec;
    if (!this.plot || times.length === 0) return null;
    const index = Math.max(0, Math.min(times.length - 1, (current ?? times.length) + direction));
    this.hovered = true;
    const left = this.plot.valToPos(times[index]!, "x");
    this.plot.setCursor({ left, top: this.plot.over.clientHeight / 2 });
    return index;
  }

  /** The picture as PNG, with the panel's background behind it. */
  toBlob(): Promise<Blob | null> {
    const source = this.plot?.ctx.canvas;
    if (!source) return Promise.resolve(null);
    const copy = document.createElement("canvas");
    copy.width = source.width;
    copy.height = source.height;
    const context = copy.getContext("2d")!;
    context.fillStyle = resolveColor("--surface", this.element);
    context.fillRect(0, 0, copy.width, copy.height);
    context.drawImage(source, 0, 0);
    return new Promise((resolve) => copy.toBlob(resolve));
  }

  destroy() {
    this.observer.disconnect();
    this.stopTheme();
    this.leaveGroup();
    this.move.cancel();
    if (this.hovered) shareTime(this.group, this, null);
    this.plot?.destroy();
    this.plot = null;
  }

  private resize() {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (width === 0 || height === 0) return;
    if (this.plot && this.room === roomOf(width, height)) this.plot.setSize({ width, height });
    else this.rebuild();
  }

  private rebuild() {
    this.plot?.destroy();
    this.plot = null;
    const { clientWidth: width, clientHeight: height } = this.element;
    if (width === 0 || height === 0) return;
    this.shape = shapeOf(this.spec);
    this.room = roomOf(width, height);
    const data = this.data();
    this.plot = new uPlot(this.options(width, height), data, this.element);
    this.plot.over.addEventListener("mouseenter", () => {
      this.hovered = true;
    });
    this.plot.over.addEventListener("mouseleave", () => this.leave());
    this.line = null;
    if (this.spec.bare) return;
    this.line = document.createElement("i");
    this.line.className = "u-cross";
    this.plot.over.append(this.line);
  }

  /** What uPlot does at a move of the pointer, at most once a frame. */
  private readonly move = oncePerFrame((run: () => void) => run());

  private data(): uPlot.AlignedData {
    const tops = stacked(this.spec.series);
    const order = drawingOrder(this.spec.series);
    this.drawn = order.map((i) => this.spec.series[i]!);
    this.tops = order.map((i) => tops[i]!);
    this.found = [];
    return [this.spec.times as number[], ...this.tops] as uPlot.AlignedData;
  }

  private options(width: number, height: number): uPlot.Options {
    const { spec } = this;
    const font = `${AXIS_FONT_PX}px ${resolveColor("--font", this.element)}`;
    return {
      width,
      height,
      padding: spec.bare ? [2, 0, 0, 0] : [8, 12, 0, 4],
      legend: { show: false },
      scales: {
        x: { time: true, auto: false, range: () => [this.spec.from, this.spec.to] },
        y: this.yScale(false),
        ...(this.hasRight && { right: this.yScale(true) }),
      },
      axes: spec.bare ? [{ show: false }, { show: false }] : this.axes(font),
      series: [{}, ...this.drawn.map((one, i) => this.seriesOptions(one, i))],
      bands: areaBands(this.drawn, (one) => this.fillOf(one)),
      cursor: this.cursor(),
      hooks: {
        drawClear: [(plot) => drawBands(plot, this.spec.times, this.drawn)],
        draw: [
          (plot) => {
            drawOutliers(plot, this.spec.times, this.drawn);
            const scaled = `500 ${AXIS_FONT_PX * devicePixelRatio}px ${resolveColor("--font", this.element)}`;
            drawValueLabels(plot, this.spec.times, this.drawn, this.tops, scaled);
            drawMarkers(plot, this.spec.markers ?? [], scaled);
            drawEvents(plot, this.spec.events ?? []);
          },
        ],
        setCursor: [(plot) => this.moved(plot)],
        setSelect: [(plot) => this.selected(plot)],
      },
    };
  }

  private yScale(right: boolean): uPlot.Scale {
    const scale = this.axisOf(right).scale ?? "linear";
    return {
      distr: scale === "log" ? 3 : typeof scale === "number" ? 100 : 1,
      ...(typeof scale === "number" && {
        fwd: (value: number) => powered(value, scale),
        bwd: (value: number) => powered(value, 1 / scale),
      }),
      range: () => {
        const own = extent(this.drawn, this.tops, right);
        const data = right ? own : withMarkers(own, this.spec);
        const range = yRange(data, this.axisOf(right), this.element.clientHeight, this.unit(right));
        if (scale !== "log") return range;
        const { min = 0 } = this.axisOf(right);
        const low = min > 0 ? min : leastAbove(this.drawn, this.tops, right);
        return [low, Math.max(range[1], low * 10)];
      },
    };
  }

  private get hasRight() {
    return this.spec.series.some((one) => one.right);
  }

  private axisOf(right: boolean): YAxis {
    return (right ? this.spec.rightAxis : this.spec.yAxis) ?? {};
  }

  private unit(right: boolean) {
    return commonUnit(this.spec.series.filter((one) => (one.right ?? false) === right));
  }

  private axes(font: string): uPlot.Axis[] {
    const shared = this.axisLook(font);
    const right = this.hasRight;
    const left = !right || this.spec.series.some((one) => !one.right);
    if (this.room === "none") return [{ show: false }, { show: false }];
    return [
      {
        ...shared,
        size: 24,
        gap: 6,
        grid: { show: false },
        splits: (plot, _, from, to) => {
          const width = plot.over.clientWidth || 600;
          return roomyTicks(timeTicks(from, to, width), from, to, width);
        },
        values: (_, ticks) => timeLabels(ticks),
      },
      ...(left ? [this.valueAxis(false, font, true)] : [{ show: false }]),
      ...(right ? [this.valueAxis(true, font, !left)] : []),
    ];
  }

  private axisLook(font: string): uPlot.Axis {
    return { stroke: resolveColor("--axis", this.element), font, ticks: { show: false } };
  }

  private valueAxis(right: boolean, font: string, grid: boolean): uPlot.Axis {
    const { scale } = this.axisOf(right);
    const ticks = (plot: uPlot, low: number, high: number) => {
      const height = plot.over.clientHeight || plot.height - 32;
      if (scale === "log") return logTicks(low, high, height);
      return typeof scale === "number"
        ? poweredTicks(low, high, height, scale)
        : yTicks(low, high, height, this.unit(right));
    };
    return {
      ...this.axisLook(font),
      scale: right ? "right" : "y",
      side: right ? 1 : 3,
      gap: 6,
      grid: grid ? { stroke: resolveColor("--grid-line", this.element), width: 1 } : { show: false },
      splits: (plot, _, low, high) => ticks(plot, low, high),
      filter: (_, splits) => splits,
      values: (_, splits) =>
        scale === "log"
          ? splits.map((value) => formatValue(value, this.unit(right)))
          : new NumberFormat(this.unit(right)).ticks(splits),
      size: (plot, values) => axisWidth(plot, values, font),
      ...this.axisLabel(right, font),
    };
  }

  private axisLabel(right: boolean, font: string): Partial<uPlot.Axis> {
    const { label: text } = this.axisOf(right);
    const room = this.element.clientHeight - 32;
    const label = text && fittedText(measuring(font), text, room);
    return label ? { label, labelFont: font, labelSize: 16, labelGap: 0 } : {};
  }

  private seriesOptions(one: ChartSeries, index: number): uPlot.Series {
    const color = resolveColor(one.muted || one.overlay ? "--band" : one.color, this.element);
    const bars = one.kind === "bars";
    return {
      label: one.label,
      scale: scaleOf(one),
      show: !one.hidden,
      stroke: bars ? undefined : one.muted ? withAlpha(color, 0.55) : color,
      width: bars ? 0 : one.muted || one.overlay ? 1 : (one.width ?? 1.5),
      dash: one.dash,
      fill: bars ? color : isLowestArea(this.drawn, index) ? this.fillOf(one) : undefined,
      // An axis of logarithms has no zero to stand on: bars and areas begin at its lower end.
      fillTo: (plot) =>
        this.axisOf(one.right ?? false).scale === "log" ? (plot.scales[scaleOf(one)]?.min ?? 0) : 0,
      paths: bars ? uPlot.paths.bars!({ size: [0.82, 40, 1] }) : undefined,
      points: {
        show: () => !bars && this.holesOf(index).lone.length > 0,
        filter: () => this.holesOf(index).lone,
        size: 5,
        fill: color,
      },
      gaps: (plot) =>
        this.holesOf(index).outages.map(([from, to]) => [
          plot.valToPos(from, "x", true),
          plot.valToPos(to, "x", true),
        ]),
    };
  }

  private holesOf(index: number) {
    this.found[index] ??= holes(this.spec.times, this.drawn[index]?.values ?? []);
    return this.found[index];
  }

  private fillOf(one: ChartSeries): string {
    return withAlpha(resolveColor(one.color, this.element), this.spec.bare ? 0.16 : 0.55);
  }

  private cursor(): uPlot.Cursor {
    if (this.spec.bare) return { show: false };
    return {
      y: false,
      // A dot a line where one looks; the other charts of the page show the cross-hair alone.
      points: { size: 6, width: 1.5, show: this.drawn.length <= MAX_DOTS },
      drag: { x: true, y: false, setScale: false, dist: 5 },
      bind: {
        mousemove: (_plot, _target, handler) => (event) => {
          this.move(() => handler(event));
          return null;
        },
        mouseleave: (_plot, _target, handler) => (event) => {
          this.move.cancel();
          return handler(event);
        },
      },
    };
  }

  private moved(plot: uPlot) {
    if (!this.hovered) return;
    const { idx, left = -1, top = -1 } = plot.cursor;
    if (idx === null || idx === undefined || left < 0) {
      shareTime(this.group, this, null);
      this.events.onCursor?.(null);
      return;
    }
    shareTime(this.group, this, plot.posToVal(left, "x"));
    const right = this.hasRight ? plot.posToVal(top, "right") : Number.NaN;
    const origin = plot.rect;
    this.events.onCursor?.({ index: idx, x: left, y: top, value: plot.posToVal(top, "y"), right, origin });
  }

  private selected(plot: uPlot) {
    const { left, width } = plot.select;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (width < 5 || !this.hovered) return;
    this.events.onZoom?.(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
  }
}
