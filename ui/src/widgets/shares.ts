/** Shares of a whole by group, as a tree: a level for each key. Pure. */
import type { Table } from "./tables";

export interface Part {
  label: string;
  value: number;
  children: Part[];
}

const MAX_ROWS = 500;
/** Smaller ones are joined. */
const LEAST_SHARE = 0.02;
const OTHER = "other";

/** The tree of a table's first column; without groups, a part for each formula. Negative values have no share. */
export function partsOf(table: Table): Part[] {
  if (table.groups.length === 0) {
    const values = table.rows[0]?.values ?? [];
    return sorted(
      table.columns.map((column, i) => ({
        label: column.name,
        value: Math.max(0, values[i] ?? 0),
        children: [],
      })),
    );
  }
  const rows = table.rows
    .map((row) => ({ tags: row.tags.map((tag) => tag || "N/A"), value: Math.max(0, row.values[0] ?? 0) }))
    .filter((row) => row.value > 0)
    .sort((a, b) => b.value - a.value)
    .slice(0, MAX_ROWS);
  return split(rows, 0);
}

interface Leaf {
  tags: string[];
  value: number;
}

function split(rows: readonly Leaf[], depth: number): Part[] {
  const groups = new Map<string, Leaf[]>();
  for (const row of rows) {
    const key = row.tags[depth];
    if (key === undefined) continue;
    const members = groups.get(key);
    if (members) members.push(row);
    else groups.set(key, [row]);
  }
  const parts = [...groups].map(([label, members]) => ({
    label,
    value: members.reduce((sum, row) => sum + row.value, 0),
    children: split(members, depth + 1),
  }));
  return sorted(parts);
}

const sorted = (parts: Part[]) => parts.filter((part) => part.value > 0).sort((a, b) => b.value - a.value);

export const totalOf = (parts: readonly Part[]): number => parts.reduce((sum, part) => sum + part.value, 0);

/** Small ones joined into one, if there are at least two of them. */
export function withOther(parts: readonly Part[], whole = totalOf(parts)): Part[] {
  const small = parts.filter((part) => part.value < whole * LEAST_SHARE);
  if (small.length < 2) return [...parts];
  const large = parts.filter((part) => part.value >= whole * LEAST_SHARE);
  return [...large, { label: OTHER, value: totalOf(small), children: [] }];
}

export interface Slice {
  label: string;
  value: number;
  depth: number;
  /** Shares of the circle, 0 to 1. */
  start: number;
  end: number;
  /** The outermost ancestor, which gives the color. */
  root: string;
}

/** Rings of a sunburst: the first key is the inner ring, each further one splits its parent. */
export function slicesOf(parts: readonly Part[]): Slice[] {
  const whole = totalOf(parts);
  const result: Slice[] = [];
  const place = (level: readonly Part[], depth: number, start: number, root: string | null) => {
    let at = start;
    for (const part of withOther(level, whole)) {
      const own = root ?? part.label;
      const end = at + part.value / whole;
      result.push({ label: part.label, value: part.value, depth, start: at, end, root: own });
      place(part.children, depth + 1, at, own);
      at = end;
    }
  };
  if (whole > 0) place(parts, 0, 0, null);
  return result;
}

export interface Tile {
  label: string;
  value: number;
  x: number;
  y: number;
  width: number;
  height: number;
  root: string;
  /** Whether it holds others. */
  outer: boolean;
}

/** Rectangles whose areas are as the values, as near to squares as they go, those of a group within its own. */
export function tilesOf(parts: readonly Part[], width: number, height: number, head = 18): Tile[] {
  const tiles: Tile[] = [];
  for (const { part, ...box } of squarified(parts, { x: 0, y: 0, width, height })) {
    const nested = part.children.length > 1;
    tiles.push({ label: part.label, value: part.value, ...box, root: part.label, outer: nested });
    if (!nested || box.height < head * 2 || box.width < 24) continue;
    const inside = { x: box.x + 2, y: box.y + head, width: box.width - 4, height: box.height - head - 2 };
    for (const { part: child, ...inner } of squarified(part.children, inside)) {
      tiles.push({ label: child.label, value: child.value, ...inner, root: part.label, outer: false });
    }
  }
  return tiles;
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

type Placed = Box & { part: Part };

/** Rows along the shorter side, each filled as long as its worst rectangle gets better (Bruls, Huizing, van Wijk). */
function squarified(parts: readonly Part[], frame: Box): Placed[] {
  const whole = totalOf(parts);
  if (whole <= 0 || frame.width <= 0 || frame.height <= 0) return [];
  const scale = (frame.width * frame.height) / whole;
  const result: Placed[] = [];
  let rest = { ...frame };
  let row: Part[] = [];
  for (const part of parts) {
    const side = Math.min(rest.width, rest.height);
    if (row.length > 0 && worst([...row, part], scale, side) > worst(row, scale, side)) {
      rest = lay(row, scale, rest, result);
      row = [];
    }
    row.push(part);
  }
  if (row.length > 0) lay(row, scale, rest, result);
  return result;
}

function worst(row: readonly Part[], scale: number, side: number): number {
  const areas = row.map((part) => part.value * scale);
  const sum = areas.reduce((total, area) => total + area, 0);
  const [least, most] = [Math.min(...areas), Math.max(...areas)];
  return Math.max((side * side * most) / (sum * sum), (sum * sum) / (side * side * least));
}

function lay(row: readonly Part[], scale: number, rest: Box, result: Placed[]): Box {
  const area = totalOf(row) * scale;
  const wide = rest.width >= rest.height;
  const thickness = area / (wide ? rest.height : rest.width);
  let at = wide ? rest.y : rest.x;
  for (const part of row) {
    const length = (part.value * scale) / thickness;
    result.push(
      wide
        ? { part, x: rest.x, y: at, width: thickness, height: length }
        : { part, x: at, y: rest.y, width: length, height: thickness },
    );
    at += length;
  }
  return wide
    ? { ...rest, x: rest.x + thickness, width: rest.width - thickness }
    : { ...rest, y: rest.y + thickness, height: rest.height - thickness };
}
