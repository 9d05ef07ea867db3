/** Rectangles on a grid of cells. Pure. */
import type { WidgetLayout } from "../types";

export type Box = Pick<WidgetLayout, "x" | "y" | "width" | "height">;

export function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** Whether the two have a column in common. */
export function shareColumn(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width;
}

export const lowerEdge = (box: Box): number => box.y + box.height;

/** The largest lower edge; 0 for none. */
export function bottomOf(boxes: readonly Box[]): number {
  return boxes.reduce((most, box) => Math.max(most, lowerEdge(box)), 0);
}

/** Whole cells inside of `columns`: at least one wide and high, nothing before the first column or row. */
export function clamped(box: Box, columns: number): Box {
  const whole = (value: number, least: number) =>
    Math.max(least, Math.round(Number.isFinite(value) ? value : least));
  const width = Math.min(columns, whole(box.width, 1));
  const x = Math.min(columns - width, whole(box.x, 0));
  return { x, y: whole(box.y, 0), width, height: whole(box.height, 1) };
}

/** The first place, row by row from the top, where `width` by `height` cells are free. */
export function freeSlot(taken: readonly Box[], width: number, height: number, columns: number): Box {
  const wide = Math.min(columns, width);
  const end = bottomOf(taken);
  for (let y = 0; y < end; y++) {
    for (let x = 0; x + wide <= columns; x++) {
      const box = { x, y, width: wide, height };
      if (!taken.some((other) => overlap(box, other))) return box;
    }
  }
  return { x: 0, y: end, width: wide, height };
}
