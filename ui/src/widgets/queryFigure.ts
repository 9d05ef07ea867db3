/** The text of a query value. Pure. */
import { NumberFormat, type UnitPair, writeNumber } from "~/core/units";
import type { WidgetDefinition } from "./types";

export interface Figure {
  number: string;
  unit: string;
}

/**
 * The number and its unit: a custom unit is never scaled. With autoscale, which is the default, the scale is the
 * readable one of the unit; `precision` is the count of decimals, two where it is absent.
 */
export function figureOf(definition: WidgetDefinition, unit: UnitPair | null, value: number): Figure {
  const precision = typeof definition.precision === "number" ? Math.min(10, definition.precision) : null;
  const custom = typeof definition.custom_unit === "string" ? definition.custom_unit : "";
  if (custom) return { number: plain(value, precision ?? 2), unit: custom };
  if (definition.autoscale === false) {
    const word = unit?.[0]
      ? new NumberFormat([{ ...unit[0], scale: unit[0].name }, unit[1]]).parts(value).unit
      : "";
    return { number: plain(value, precision ?? 2), unit: word };
  }
  return new NumberFormat(unit).parts(value, digitsFor(value, precision));
}

/** Significant digits that give about so many decimals. */
function digitsFor(value: number, precision: number | null): number {
  if (precision === null) return 3;
  const size = Math.abs(value);
  const whole = size >= 1000 ? 3 : size >= 1 ? Math.floor(Math.log10(size)) + 1 : 1;
  return Math.max(whole, Math.min(12, whole + precision));
}

function plain(value: number, precision: number): string {
  if (value !== 0 && Math.abs(value) < 10 ** -precision) return writeNumber(value, 2);
  return writeNumber(Number(value.toFixed(precision)), 15);
}
