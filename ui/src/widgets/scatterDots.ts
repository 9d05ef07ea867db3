/** The dots of a scatter plot. Pure. */
import type { Table } from "./tables";

export interface Dot {
  label: string;
  x: number;
  y: number;
  /** CSS pixels. */
  radius: number;
  /** What gives the color; empty for all the same. */
  group: string;
}

const SMALL = 4;
const LARGE = 18;

/** One dot a group with both numbers; `dimensions` names what each column is. */
export function dotsOf(table: Table, dimensions: readonly string[], colorBy: readonly string[]): Dot[] {
  const at = (name: string) => dimensions.indexOf(name);
  const sizes = at("radius") < 0 ? [] : table.rows.map((row) => Math.abs(row.values[at("radius")] ?? 0));
  const most = Math.max(0, ...sizes);
  const keys = colorBy.map((key) => table.groups.indexOf(key)).filter((index) => index >= 0);
  return table.rows.flatMap((row, i) => {
    const [x, y] = [row.values[at("x")], row.values[at("y")]];
    if (typeof x !== "number" || typeof y !== "number") return [];
    return [
      {
        label: row.tags.filter(Boolean).join(", ") || "all",
        x,
        y,
        radius: most > 0 ? SMALL + Math.sqrt(sizes[i]! / most) * (LARGE - SMALL) : 5,
        group: keys.map((key) => row.tags[key] ?? "").join(", "),
      },
    ];
  });
}

/** The bounds given, else those of the values with some air. */
export function rangeOf(
  values: readonly number[],
  [min, max]: readonly [number | null, number | null],
): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const air = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
  return [min ?? (low >= 0 && low - air < 0 ? 0 : low - air), max ?? high + air];
}
