/** Groups: a grid of their own, with as many columns as the group is wide. Pure. */
import type { Widget, WidgetDefinition } from "../types";
import { type Box, bottomOf } from "./box";
import { placeMixed, type Size } from "./part";

export const COLUMNS = 12;
/** Width of a widget that has no layout. */
const NATURAL_WIDTH = 4;
/** Rows of a widget that has no layout, by type; two for all others. */
const NATURAL_HEIGHT: Record<string, number> = { free_text: 1, check_status: 1 };

/** Types that hold widgets of their own. */
export function isGroup(definition: WidgetDefinition): boolean {
  return definition.type === "group" || (definition.type === "powerpack" && innerOf(definition).length > 0);
}

export function innerOf(definition: WidgetDefinition): readonly Widget[] {
  return Array.isArray(definition.widgets) ? definition.widgets : [];
}

/** Rows of a group's header: its title, or a banner with the title on it. */
export function headerRows(definition: WidgetDefinition): number {
  return definition.banner_img ? 3 : 1;
}

/** A group that was saved closed: one row, though it holds something. */
export function savedCollapsed(widget: Widget): boolean {
  return isGroup(widget.definition) && widget.layout?.height === 1 && innerOf(widget.definition).length > 0;
}

/** The widgets of a group on its inner grid. */
export function placeInner(definition: WidgetDefinition, width: number): Box[] {
  const inner = innerOf(definition);
  return placeMixed(
    inner.map((widget) => layoutOf(widget)),
    inner.map((widget) => naturalSize(widget, width)),
    width,
  );
}

/** Rows that an open group needs: its header and what it holds. */
export function openHeight(definition: WidgetDefinition, width: number): number {
  return headerRows(definition) + Math.max(1, bottomOf(placeInner(definition, width)));
}

export function naturalSize({ definition }: Widget, columns: number, width = NATURAL_WIDTH): Size {
  if (isGroup(definition)) return { width: columns, height: openHeight(definition, columns) };
  return { width: Math.min(columns, width), height: NATURAL_HEIGHT[definition.type] ?? 2 };
}

/** The layout that the author gave, if its numbers can be read. */
export function layoutOf({ layout }: Widget): Box | null {
  if (!layout) return null;
  const { x, y, width, height } = layout;
  return [x, y, width, height].every((value) => Number.isFinite(value)) ? { x, y, width, height } : null;
}
