/** Free dashboards: their own coordinates in pixels, scaled down as a whole. Pure. */
import type { Widget } from "../types";
import { type Box, bottomOf, overlap } from "./box";
import { layoutOf } from "./group";

/** CSS pixels of one unit of a free dashboard's layout. */
export const FREE_UNIT_PX = 12;
/** Units of a widget that has no layout: the most common box of old screenboards. */
const NATURAL = { width: 47, height: 15 };

export interface FreeLayout {
  /** In the dashboard's order, pixels before scaling; the later ones lie on top. */
  boxes: Box[];
  width: number;
  height: number;
}

/** Absolute boxes, moved so that none begins before the edge. */
export function placeFree(widgets: readonly Widget[]): FreeLayout {
  const given = widgets.map(layoutOf);
  const known = given.filter((box) => box !== null);
  const left = Math.min(0, ...known.map((box) => box.x));
  const top = Math.min(0, ...known.map((box) => box.y));
  let below = bottomOf(known.map((box) => ({ ...box, y: box.y - top })));
  const units = given.map((box) => {
    if (box) {
      const [width, height] = [Math.max(1, box.width), Math.max(1, box.height)];
      return { x: box.x - left, y: box.y - top, width, height };
    }
    const placed = { x: 0, y: below, ...NATURAL };
    below += NATURAL.height;
    return placed;
  });
  const boxes = uncovered(units, widgets).map((box) => ({
    x: box.x * FREE_UNIT_PX,
    y: box.y * FREE_UNIT_PX,
    width: box.width * FREE_UNIT_PX,
    height: box.height * FREE_UNIT_PX,
  }));
  return {
    boxes,
    width: boxes.reduce((most, box) => Math.max(most, box.x + box.width), 0),
    height: bottomOf(boxes),
  };
}

/** Words and pictures lie on others on purpose; they are never cut, and cut nothing. */
const LAID_ON = new Set(["image", "free_text", "note", "iframe"]);

/**
 * Boxes of which less than half lies under one that comes later in the list, over its whole width or height: they
 * end where the other begins. What was under it could not be seen, and now all of the widget can.
 */
function uncovered(boxes: readonly Box[], widgets: readonly Widget[]): Box[] {
  const result = boxes.map((box) => ({ ...box }));
  const solid = widgets.map(({ definition }) => !LAID_ON.has(definition.type));
  for (const [i, own] of result.entries()) {
    for (let j = i + 1; j < result.length && solid[i]; j++) {
      if (solid[j] && overlap(own, result[j]!)) cut(own, result[j]!);
    }
  }
  return result;
}

function cut(own: Box, other: Box) {
  const [right, bottom] = [own.x + own.width, own.y + own.height];
  const [otherRight, otherBottom] = [other.x + other.width, other.y + other.height];
  if (other.x <= own.x && otherRight >= right) {
    if (otherBottom >= bottom && other.y > own.y + own.height / 2) own.height = other.y - own.y;
    else if (other.y <= own.y && otherBottom < own.y + own.height / 2) {
      own.y = otherBottom;
      own.height = bottom - otherBottom;
    }
  } else if (other.y <= own.y && otherBottom >= bottom) {
    if (otherRight >= right && other.x > own.x + own.width / 2) own.width = other.x - own.x;
    else if (other.x <= own.x && otherRight < own.x + own.width / 2) {
      own.x = otherRight;
      own.width = right - otherRight;
    }
  }
}

export interface Stacked {
  index: number;
  height: number;
}

/** Pixels that a title and one line need; what is higher stays at least so high. */
const LEAST_STACKED = 56;
const ENOUGH = 160;

/**
 * The boxes of a free dashboard below each other, for pages that are too narrow for them beside each other: in
 * reading order, as high as they are, or lower where they keep their proportions.
 */
export function stacked(boxes: readonly Box[], width: number): Stacked[] {
  const order = boxes.map((_, index) => index);
  order.sort((a, b) => boxes[a]!.y - boxes[b]!.y || boxes[a]!.x - boxes[b]!.x);
  return order.map((index) => {
    const { width: own, height } = boxes[index]!;
    const proportioned = height * Math.min(1, width / own);
    return { index, height: Math.max(LEAST_STACKED, Math.min(height, ENOUGH), proportioned) };
  });
}

/** How much a free dashboard shrinks on a page of this width; in TV mode it fills the screen, either way. */
export function freeScale(layout: FreeLayout, page: { width: number; height?: number }, tv = false): number {
  if (layout.width === 0 || page.width === 0) return 1;
  const byWidth = page.width / layout.width;
  if (!tv) return Math.min(1, byWidth);
  return page.height && layout.height > 0 ? Math.min(byWidth, page.height / layout.height) : byWidth;
}
