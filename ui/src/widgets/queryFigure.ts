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
  if (custom) return { number: plain(value, precision), unit: custom };
  if (definition.autoscale === false) {
    const word = unit?.[0]
      ? new NumberFormat([{ ...unit[0], scale: unit[0].name }, unit[1]]).parts(value).unit
      : "";
    return { number: plain(value, precision), unit: word };
  }
  const format = new NumberFormat(unit);
  return precision === null ? format.parts(value, 3) : format.partsFixed(value, precision);
}

/** The number with as many of its decimals as `letters` leave room for, rounded. */
export function fitted(number: string, letters: number): string {
  const [whole, decimals] = number.split(".");
  if (!decimals || number.length <= letters || !/^\d+$/.test(decimals)) return number;
  const room = Math.max(0, letters - whole!.length - 1);
  const value = Number(number.replace(/,/g, "").replace("\u2212", "-"));
  if (!Number.isFinite(value)) return number;
  return plain(value, room);
}

/** As many decimals as the author set; at most two where nothing is set. */
function plain(value: number, given: number | null): string {
  const precision = given ?? 2;
  if (value !== 0 && Math.abs(value) < 10 ** -precision) return writeNumber(value, 2);
  const text = value.toFixed(precision);
  if (given === null || !/\.\d/.test(text)) return writeNumber(Number(text), 15);
  const [whole, part] = text.split(".");
  return `${writeNumber(Number(whole), 15)}.${part}`.replace(/^0\./, value < 0 ? "\u22120." : "0.");
}
