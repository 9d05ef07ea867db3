import type { Dashboard, Widget, WidgetLayout } from "./types";

export const COLUMNS = 12;

/** Height in grid rows that a widget takes when its author gave none. */
const NATURAL: Record<string, number> = { query_value: 2, note: 2, free_text: 1, check_status: 1, group: 4 };

/**
 * A place for every widget of a dashboard (grid units, 12 columns).
 *
 * Ordered dashboards with given layouts keep them; without, widgets flow three in a row. Free dashboards
 * (old screenboards, about 12 units of theirs to a column) are scaled to the twelve columns.
 */
export function places(board: Pick<Dashboard, "layout_type" | "widgets">): WidgetLayout[] {
  const given = board.widgets.map((widget) => widget.layout);
  if (board.layout_type === "free") return scaled(given);
  if (given.every((layout) => layout !== undefined && layout !== null)) return given as WidgetLayout[];
  return flowed(board.widgets);
}

function flowed(widgets: readonly Widget[]): WidgetLayout[] {
  const result: WidgetLayout[] = [];
  let [x, y, rowHeight] = [0, 0, 0];
  for (const widget of widgets) {
    const width = widget.definition.type === "group" ? COLUMNS : 4;
    const height =
      widget.definition.type === "group" ? groupHeight(widget) : (NATURAL[widget.definition.type] ?? 2);
    if (x + width > COLUMNS) {
      x = 0;
      y += rowHeight;
      rowHeight = 0;
    }
    result.push({ x, y, width, height });
    x += width;
    rowHeight = Math.max(rowHeight, height);
  }
  return result;
}

/** Rows that a group needs: its header and its inner widgets. */
export function groupHeight(group: Widget): number {
  const inner = places({ layout_type: "ordered", widgets: group.definition.widgets ?? [] });
  return 1 + Math.max(1, ...inner.map((place) => place.y + place.height));
}

function scaled(given: (WidgetLayout | undefined)[]): WidgetLayout[] {
  const known = given.filter((layout) => layout !== undefined && layout !== null);
  const right = Math.max(1, ...known.map((layout) => layout.x + layout.width));
  const factor = COLUMNS / Math.max(right, COLUMNS);
  return given.map((layout, index) => {
    if (!layout) return { x: 0, y: 100 + index * 2, width: 4, height: 2 };
    const x = Math.min(COLUMNS - 1, Math.round(layout.x * factor));
    return {
      x,
      y: Math.round(layout.y * factor),
      width: Math.max(1, Math.min(COLUMNS - x, Math.round(layout.width * factor))),
      height: Math.max(1, Math.round(layout.height * factor)),
    };
  });
}
