/** The dots of a scatter plot. Pure. */
import { type AxisScale, transformOf, withZero } from "./axisScale";
import type { Table } from "./tables";

export interface Dot {
  label: string;
  x: number;
  y: number;
  /** CSS pixels. */
  radius: number;
  /** What gives the color; empty for all the same. */
  group: string;
  /** By a number, 0 to 1, where one formula says the color. */
  shade?: number;
}

const SMALL = 4;
const LARGE = 18;

/** One dot a group with both numbers; `dimensions` names what each column is. */
export function dotsOf(table: Table, dimensions: readonly string[], colorBy: readonly string[]): Dot[] {
  const at = (name: string) => dimensions.indexOf(name);
  const sizes = at("radius") < 0 ? [] : table.rows.map((row) => Math.abs(row.values[at("radius")] ?? 0));
  const most = Math.max(0, ...sizes);
  const shades = table.rows.flatMap((row) => row.values[at("color")] ?? []);
  const [pale, deep] = [Math.min(...shades), Math.max(...shades)];
  const keys = colorBy.map((key) => table.groups.indexOf(key)).filter((index) => index >= 0);
  return table.rows.flatMap((row, i) => {
    const [x, y] = [row.values[at("x")], row.values[at("y")]];
    const shade = row.values[at("color")];
    if (typeof x !== "number" || typeof y !== "number") return [];
    return [
      {
        label: row.tags.filter(Boolean).join(", ") || "all",
        x,
        y,
        radius: most > 0 ? SMALL + Math.sqrt(sizes[i]! / most) * (LARGE - SMALL) : 5,
        group: keys.map((key) => row.tags[key] ?? "").join(", "),
        ...(typeof shade === "number" && { shade: deep > pale ? (shade - pale) / (deep - pale) : 0.5 }),
      },
    ];
  });
}

/** What an axis shows: the bounds given, else those of the values with some air, and zero where it is wanted. */
export function rangeOf(
  values: readonly number[],
  [min, max]: readonly [number | null, number | null],
  scale: AxisScale = "linear",
  includeZero?: boolean,
): [number, number] {
  const { to, from, has } = transformOf(scale);
  const there = values.filter(has);
  const [low, high] = withZero([Math.min(...there), Math.max(...there)], includeZero, scale);
  const air = (to(high) - to(low)) * 0.06 || Math.abs(to(high)) * 0.1 || 1;
  const below = from(to(low) - air);
  const least = scale !== "log" && low >= 0 && (includeZero === true || below < 0) ? Math.min(0, low) : below;
  return [min !== null && has(min) ? min : least, max ?? from(to(high) + air)];
}
