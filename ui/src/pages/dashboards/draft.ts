/** A dashboard while it is edited: every widget has a key and a place. Pure. */
import { compacted } from "~/widgets/gridLayout";
import {
  COLUMNS,
  freeSlot,
  isGroup,
  openHeight,
  placeBoard,
  placeInner,
  savedCollapsed,
} from "~/widgets/layout";
import type { Dashboard, TemplateVariable, Widget, WidgetDefinition, WidgetLayout } from "~/widgets/types";

export interface Draft extends Widget {
  key: string;
  layout: WidgetLayout;
  /** As it was loaded; returned as it was where nothing moved. */
  original?: WidgetLayout | null;
  /** A group that is stored closed. */
  collapsed?: boolean;
}

export interface EditState {
  title: string;
  description: string;
  widgets: Draft[];
  variables: TemplateVariable[];
}

/** Units of a new widget on a free dashboard. */
const FREE_SIZE = { width: 47, height: 15 };

export function startOf(board: Dashboard): EditState {
  const free = board.layout_type === "free";
  const { placed } = placeBoard(board.widgets);
  return {
    title: board.title,
    description: board.description ?? "",
    variables: board.template_variables ?? [],
    widgets: board.widgets.map((widget, index) => ({
      ...widget,
      key: String(widget.id ?? `old-${index}`),
      layout: free && widget.layout ? widget.layout : placed[index]!.box,
      original: widget.layout ?? null,
      ...(savedCollapsed(widget) && { collapsed: true }),
    })),
  };
}

/** As many rows as it takes: an open group is as high as what it holds. */
export function rowsOf(widget: Draft): WidgetLayout {
  const { definition, layout } = widget;
  if (!isGroup(definition)) return layout;
  return { ...layout, height: widget.collapsed ? 1 : openHeight(definition, layout.width) };
}

/** Without holes that a widget left behind, as the grid shows them. */
export function closed(widgets: readonly Draft[]): Draft[] {
  const places = compacted(widgets.map(rowsOf));
  return widgets.map((widget, i) => ({ ...widget, layout: places[i]! }));
}

/** The first place that is free for a new widget of this size in columns and rows. */
export function placeFor(
  widgets: readonly Draft[],
  size: readonly [number, number],
  free: boolean,
): WidgetLayout {
  if (free) {
    const bottom = widgets.reduce((most, { layout }) => Math.max(most, layout.y + layout.height), 0);
    return { x: 0, y: bottom + 1, ...FREE_SIZE };
  }
  return freeSlot(widgets.map(rowsOf), size[0], size[1], COLUMNS);
}

/** A widget added to a group at its first free place. */
export function withAdded(
  group: Draft,
  definition: WidgetDefinition,
  size: readonly [number, number],
): Draft {
  const inner = group.definition.widgets ?? [];
  const places = placeInner(group.definition, group.layout.width);
  const layout = freeSlot(places, size[0], size[1], group.layout.width);
  // Those without a place get the one that they are seen at: the new one must not change it.
  const widgets = inner.map((one, i) => (one.layout ? one : { ...one, layout: places[i]! }));
  return { ...group, definition: { ...group.definition, widgets: [...widgets, { definition, layout }] } };
}

const same = (a: WidgetLayout, b: WidgetLayout) =>
  a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;

/**
 * What is sent: the dashboard as it was, with the edited parts in place of the old. Where no widget moved, came or
 * went, the layouts are returned as they were.
 */
export function finished(board: Dashboard, state: EditState): Dashboard {
  const start = startOf(board);
  const before = new Map(start.widgets.map((widget) => [widget.key, widget]));
  const untouched =
    state.widgets.length === start.widgets.length &&
    state.widgets.every((widget) => {
      const old = before.get(widget.key);
      return old !== undefined && same(old.layout, widget.layout) && old.collapsed === widget.collapsed;
    });
  const { description, ...rest } = board;
  return {
    ...rest,
    ...((state.description || description) && { description: state.description }),
    title: state.title,
    ...(board.layout_type === "ordered" && !untouched && { reflow_type: "fixed" }),
    ...((state.variables.length > 0 || board.template_variables) && { template_variables: state.variables }),
    widgets: state.widgets.map(({ key: _, original, collapsed, layout, ...widget }) => {
      if (untouched) return { ...widget, ...(original && { layout: original }) };
      if (board.layout_type === "free") return { ...widget, layout };
      const { height } = rowsOf({ ...widget, key: "", layout, collapsed });
      const { x, y, width } = layout;
      const breaks = original?.is_column_break;
      return { ...widget, layout: { x, y, width, height, ...(breaks && { is_column_break: true }) } };
    }),
  };
}
