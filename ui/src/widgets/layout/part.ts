/** Placing the widgets of one grid: those with a layout where it says, the others where there is room. Pure. */
import { type Box, bottomOf, clamped, freeSlot, lowerEdge, overlap, shareColumn } from "./box";

/**
 * Boxes of a grid in the order of the dashboard's JSON; none overlap.
 *
 * `y` counts from the top of the grid, from the top of a block that begins again at 0, or, where `above` rows
 * precede this grid on the page, from the top of the page. A stale `y` is pushed down until it is free.
 */
export function placePart(boxes: readonly Box[], columns: number, above = 0): Box[] {
  const placed: Box[] = [];
  let base = 0;
  let bottom = 0;
  for (const given of boxes) {
    const box = clamped(given, columns);
    if (above > 0 && box.y >= above + bottom) box.y -= above;
    if (box.y >= bottom) {
      base = 0;
    } else {
      const restarts = box.y === 0;
      const free = (y: number) => !placed.some((other) => overlap({ ...box, y }, other));
      let y = base + box.y;
      if (!free(y) && restarts) {
        base = bottom;
        y = bottom;
      }
      while (!free(y)) y++;
      box.y = y;
    }
    placed.push(box);
    bottom = Math.max(bottom, lowerEdge(box));
  }
  return placed;
}

/** A widget that has no layout: how large it is by nature. */
export interface Size {
  width: number;
  height: number;
}

/** Widgets without layouts: left to right, a row as high as its highest; what fills the grid has a row of its own. */
export function flow(sizes: readonly Size[], columns: number): Box[] {
  let [x, y, rowHeight] = [0, 0, 0];
  return sizes.map(({ width: wanted, height }) => {
    const width = Math.min(columns, wanted);
    if (x + width > columns) {
      x = 0;
      y += rowHeight;
      rowHeight = 0;
    }
    const box = { x, y, width, height };
    x += width;
    rowHeight = Math.max(rowHeight, height);
    return box;
  });
}

/** Given layouts as they are, and the others, in order, in the first slots that stay free. */
export function placeMixed(
  given: readonly (Box | null)[],
  sizes: readonly Size[],
  columns: number,
  above = 0,
): Box[] {
  const known = given.filter((box) => box !== null);
  if (known.length === 0) return flow(sizes, columns);
  const placed = placePart(known, columns, above);
  const taken = [...placed];
  let next = 0;
  return given.map((box, index) => {
    if (box !== null) return placed[next++]!;
    const { width, height } = sizes[index]!;
    const slot = freeSlot(taken, width, height, columns);
    taken.push(slot);
    return slot;
  });
}

/**
 * The boxes after their heights changed: each keeps its distance to the lowest of what lies above it in its
 * columns. What stands beside a group that grew stays where it is.
 */
export function withHeights(before: readonly Box[], heights: readonly number[]): Box[] {
  const after: Box[] = before.map((box, i) => ({ ...box, height: heights[i]! }));
  const order = [...before.keys()].sort((a, b) => before[a]!.y - before[b]!.y);
  const settled: number[] = [];
  for (const i of order) {
    const box = before[i]!;
    const above = settled.filter((j) => lowerEdge(before[j]!) <= box.y && shareColumn(before[j]!, box));
    after[i]!.y += bottomOf(above.map((j) => after[j]!)) - bottomOf(above.map((j) => before[j]!));
    settled.push(i);
  }
  return after;
}
