/** Scales of axes that SVG drawings have: linear, logarithms, powers. Pure. */
import { logTicks, powered, poweredTicks, yTicks } from "~/core/chart/axes";
import type { YAxis } from "~/core/chart/model";
import type { UnitPair } from "~/core/units";

export type AxisScale = NonNullable<YAxis["scale"]>;

/** `linear`, `log`, `sqrt` or `pow2`, `pow0.5` and so on. */
export function toScale(text: string | undefined): AxisScale {
  if (text === "log") return "log";
  if (text === "sqrt") return 0.5;
  const power = Number(/^pow(\d*\.?\d+)$/.exec(text ?? "")?.[1] ?? Number.NaN);
  return power > 0 ? power : "linear";
}

export interface Transform {
  /** What a value is drawn at, and the way back. */
  to: (value: number) => number;
  from: (place: number) => number;
  /** Where a value lies between two others: 0 to 1. */
  share: (value: number, low: number, high: number) => number;
  ticks: (low: number, high: number, length: number, unit?: UnitPair | null) => number[];
  /** Whether the scale has a place for it. */
  has: (value: number) => boolean;
}

export function transformOf(scale: AxisScale = "linear"): Transform {
  const log = scale === "log";
  const to = log
    ? Math.log10
    : (value: number) => (typeof scale === "number" ? powered(value, scale) : value);
  const from = (place: number) =>
    log ? 10 ** place : typeof scale === "number" ? powered(place, 1 / scale) : place;
  return {
    to,
    from,
    share: (value, low, high) => (to(value) - to(low)) / (to(high) - to(low) || 1),
    ticks: (low, high, length, unit) =>
      log
        ? logTicks(low, high, length)
        : typeof scale === "number"
          ? poweredTicks(low, high, length, scale)
          : yTicks(low, high, length, unit),
    has: (value) => !log || value > 0,
  };
}

/** The bounds with zero in them where the author wants it; logarithms have none. */
export function withZero(
  [low, high]: readonly [number, number],
  include: boolean | undefined,
  scale: AxisScale,
): [number, number] {
  if (include !== true || scale === "log") return [low, high];
  return [Math.min(0, low), Math.max(0, high)];
}
