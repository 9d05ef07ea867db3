/** Free dashboards: their own coordinates in pixels, scaled down as a whole. Pure. */
import type { Widget } from "../types";
import { type Box, bottomOf } from "./box";
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
  const boxes = units.map((box) => ({
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

/** How much a free dashboard shrinks on a page of this width; in TV mode it fills the screen, either way. */
export function freeScale(layout: FreeLayout, page: { width: number; height?: number }, tv = false): number {
  if (layout.width === 0 || page.width === 0) return 1;
  const byWidth = page.width / layout.width;
  if (!tv) return Math.min(1, byWidth);
  return page.height && layout.height > 0 ? Math.min(byWidth, page.height / layout.height) : byWidth;
}
