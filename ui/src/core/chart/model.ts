/** The input of a time-series chart. Times are UNIX seconds, ascending; null means no value. */
import type { Band, Values } from "../response";
import type { UnitPair } from "../units";

export type { Band, Values };

export type SeriesKind = "line" | "area" | "bars";

export interface ChartSeries {
  /** Unique in the chart; legend and isolation refer to it. */
  key: string;
  label: string;
  values: Values;
  kind: SeriesKind;
  /** Name of a CSS variable, or a color that a dashboard brings. */
  color: string;
  dash?: number[];
  width?: number;
  unit?: UnitPair | null;
  /** Expected range (anomalies, forecast): gray, with the line red where it leaves it. */
  band?: Band;
  hidden?: boolean;
  /** What is expected, not what was: it cannot leave its own band. */
  forecast?: boolean;
  /** It differs from the rest, and is drawn so. */
  outlier?: boolean;
  /** Measured by the axis at the right. */
  right?: boolean;
  /** One of very many: thin and gray until it is chosen. */
  muted?: boolean;
  /** A comparison that lies above all other lines. */
  overlay?: boolean;
  /** Whether the sum of its values means something: counts, not gauges. */
  summable?: boolean;
  /** Its values are written at its points, as far as there is room. */
  labeled?: boolean;
  /** The tags that make it what it is, for tooltips and links. */
  tags?: readonly string[];
}

export type Severity = "alert" | "warn" | "ok" | "info";

/** A horizontal line, or a stripe where `to` is given, to the edge where that is infinite: thresholds. */
export interface Marker {
  value: number;
  to?: number;
  label?: string;
  severity: Severity;
  dashed?: boolean;
  bold?: boolean;
  /** Stretch the axis to it however far it lies: what a monitor's threshold is for. */
  inView?: boolean;
}

/** A moment worth a dotted line: an event, a deploy, a monitor's change of state. */
export interface EventMark {
  time: number;
  label: string;
  severity?: Severity;
  /** A CSS variable, in place of that of the severity. */
  color?: string;
  /** The end of a stretch of time, which is shaded. */
  until?: number;
}

export interface YAxis {
  min?: number;
  max?: number;
  /** A number is the power that values are drawn at: 0.5 for square roots, which spreads small values. */
  scale?: "linear" | "log" | number;
  /** Keep zero in view; on unless set otherwise. */
  includeZero?: boolean;
  /** Written along the axis. */
  label?: string;
}

export interface Cut {
  drawn: number;
  total: number;
}

export interface ChartSpec {
  times: readonly number[];
  series: readonly ChartSeries[];
  /** Where only the largest series are drawn: how many of how many. */
  cut?: Cut;
  /** The page's range in UNIX seconds: the axis shows all of it, data or not. */
  from: number;
  to: number;
  markers?: readonly Marker[];
  events?: readonly EventMark[];
  yAxis?: YAxis;
  /** Of the series that are measured by it; without such series it is not drawn. */
  rightAxis?: YAxis;
  /** No axes, no cursor: a sparkline behind a number. */
  bare?: boolean;
}
