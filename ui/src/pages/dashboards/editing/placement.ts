/** Widgets of a dashboard that is edited: several at once, in and out of groups, made to a group. Pure. */
import {
  arranged,
  compacted,
  type Direction,
  movedTogether,
  pushedDown,
  resized,
  settled,
} from "~/widgets/gridLayout";
import { COLUMNS, isGroup, placeInner } from "~/widgets/layout";
import type { Widget, WidgetDefinition, WidgetLayout } from "~/widgets/types";
import { closed, type Draft, rowsOf } from "../draft";

/** The key of a widget of the dashboard, or `key/index` of one inside of a group. */
export type Id = string;
/** The key of a group; null is the dashboard itself. */
export type Container = string | null;

export const innerId = (key: string, index: number): Id => `${key}/${index}`;

export function whereIs(id: Id): { container: Container; key: string; index: number } {
  const [key, index] = id.split("/") as [string, string | undefined];
  return index === undefined
    ? { container: null, key, index: -1 }
    : { container: key, key, index: Number(index) };
}

export const containerOf = (id: Id): Container => whereIs(id).container;

interface GridOf {
  columns: number;
  ids: readonly Id[];
  widgets: readonly Widget[];
  boxes: readonly WidgetLayout[];
}

/** What stands on one grid, and where. */
export function gridOf(widgets: readonly Draft[], container: Container): GridOf {
  if (container === null) {
    return { columns: COLUMNS, ids: widgets.map((one) => one.key), widgets, boxes: widgets.map(rowsOf) };
  }
  const group = widgets.find((one) => one.key === container);
  const inner = group?.definition.widgets ?? [];
  const columns = group?.layout.width ?? COLUMNS;
  return {
    columns,
    ids: inner.map((_, index) => innerId(container, index)),
    widgets: inner,
    boxes: group ? placeInner(group.definition, columns) : [],
  };
}

export function widgetOf(widgets: readonly Draft[], id: Id): Widget | undefined {
  const { container, key, index } = whereIs(id);
  const own = widgets.find((one) => one.key === key);
  return container === null ? own : own?.definition.widgets?.[index];
}

const withInner = (group: Draft, widgets: readonly Widget[]): Draft => ({
  ...group,
  definition: { ...group.definition, widgets: [...widgets] },
});

/** With another definition of one widget. */
export function withDefinition(widgets: readonly Draft[], id: Id, definition: WidgetDefinition): Draft[] {
  const { container, key, index } = whereIs(id);
  return widgets.map((one) => {
    if (one.key !== key) return one;
    if (container === null) return { ...one, definition };
    const inner = one.definition.widgets ?? [];
    return withInner(
      one,
      inner.map((old, i) => (i === index ? { ...old, definition } : old)),
    );
  });
}

/** With other boxes on one grid. */
function placedAs(widgets: readonly Draft[], container: Container, boxes: readonly WidgetLayout[]): Draft[] {
  if (container === null) return widgets.map((one, i) => ({ ...one, layout: boxes[i]! }));
  return widgets.map((one) =>
    one.key === container
      ? withInner(
          one,
          (one.definition.widgets ?? []).map((inner, i) => ({ ...inner, layout: boxes[i]! })),
        )
      : one,
  );
}

export function removed(widgets: readonly Draft[], ids: readonly Id[]): Draft[] {
  const gone = new Set(ids);
  return widgets
    .filter((one) => !gone.has(one.key))
    .map((one) => {
      const inner = one.definition.widgets;
      return inner?.some((_, i) => gone.has(innerId(one.key, i)))
        ? withInner(
            one,
            inner.filter((_, i) => !gone.has(innerId(one.key, i))),
          )
        : one;
    });
}

export interface Dropped {
  widgets: Draft[];
  /** Of what was moved, where it is now. */
  ids: Id[];
  into: Container;
}

/**
 * The dashboard after some widgets of one grid were put on another, or on the same: the first with its upper left
 * cell at `at`, the others beside it as before. Groups stay on the dashboard. `close` closes the holes that were left.
 */
export function dropped(
  widgets: readonly Draft[],
  ids: readonly Id[],
  into: Container,
  at: { x: number; y: number },
  newKey: () => string,
  close = true,
): Dropped {
  const source = gridOf(widgets, containerOf(ids[0]!));
  const chosen = ids.map((id) => source.ids.indexOf(id)).filter((index) => index >= 0);
  const target = chosen.some((i) => isGroup(source.widgets[i]!.definition)) ? null : into;
  const columns = gridOf(widgets, target).columns;
  const lead = source.boxes[chosen[0]!]!;
  const boxes = together(
    chosen.map((i) => ({ ...source.boxes[i]!, width: Math.min(columns, source.boxes[i]!.width) })),
    { x: at.x - lead.x, y: at.y - lead.y },
    columns,
  );
  if (target === containerOf(ids[0]!)) {
    const wanted = source.boxes.map((box, i) => (chosen.includes(i) ? boxes[chosen.indexOf(i)]! : box));
    const moved = placedAs(widgets, target, settled(wanted, chosen));
    return { widgets: target === null ? moved : settledTop(moved, close), ids: [...ids], into: target };
  }
  const rest = removed(widgets, ids);
  const before = gridOf(rest, target);
  const leading = chosen.map((_, i) => before.boxes.length + i);
  const places = settled([...before.boxes, ...boxes], leading);
  const coming = chosen.map((i, at) => ({ ...bare(source.widgets[i]!), layout: places[leading[at]!]! }));
  if (target === null) {
    const drafts = coming.map((one) => ({ ...one, key: one.id === undefined ? newKey() : String(one.id) }));
    const all = [...placedAs(rest, null, places), ...drafts];
    return { widgets: all, ids: drafts.map((one) => one.key), into: null };
  }
  const filled = placedAs(rest, target, places).map((one) =>
    one.key === target ? withInner(one, [...(one.definition.widgets ?? []), ...coming]) : one,
  );
  return {
    widgets: settledTop(filled, close),
    ids: leading.map((index) => innerId(target, index)),
    into: target,
  };
}

/** Without what belongs to its place on the dashboard alone. */
function bare(widget: Widget): Widget {
  return { ...(widget.id !== undefined && { id: widget.id }), definition: widget.definition };
}

/** Groups grow and shrink with what they hold: what is below makes room. */
function settledTop(widgets: readonly Draft[], close: boolean): Draft[] {
  return close ? closed(widgets) : placedAs(widgets, null, pushedDown(widgets.map(rowsOf)));
}

/** Boxes moved by as much as lets all of them stay on the grid. */
function together(
  boxes: readonly WidgetLayout[],
  by: { x: number; y: number },
  columns: number,
): WidgetLayout[] {
  const left = Math.min(...boxes.map((box) => box.x));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const top = Math.min(...boxes.map((box) => box.y));
  const x = Math.max(-left, Math.min(by.x, columns - right));
  const y = Math.max(-top, by.y);
  return boxes.map(({ x: ownX, y: ownY, width, height }) => ({
    x: Math.max(0, Math.min(columns - width, ownX + x)),
    y: Math.max(0, ownY + y),
    width,
    height,
  }));
}

/** A step by the arrow keys. */
export function stepped(widgets: readonly Draft[], ids: readonly Id[], direction: Direction): Draft[] {
  const container = containerOf(ids[0]!);
  const { ids: all, boxes, columns } = gridOf(widgets, container);
  const chosen = ids.map((id) => all.indexOf(id)).filter((index) => index >= 0);
  const next = placedAs(widgets, container, movedTogether(boxes, chosen, direction, columns));
  return container === null ? next : settledTop(next, true);
}

/** One a column or row larger or smaller. */
export function grown(widgets: readonly Draft[], id: Id, direction: Direction): Draft[] {
  const container = containerOf(id);
  const { ids, boxes, columns } = gridOf(widgets, container);
  const next = placedAs(widgets, container, resized(boxes, ids.indexOf(id), direction, columns));
  return container === null ? closed(next) : settledTop(next, true);
}

/** One of another size. */
export function sized(widgets: readonly Draft[], id: Id, width: number, height: number): Draft[] {
  const container = containerOf(id);
  const { ids, boxes, columns } = gridOf(widgets, container);
  const index = ids.indexOf(id);
  const own = boxes[index]!;
  const box = {
    ...own,
    width: Math.max(1, Math.min(columns - own.x, width)),
    height: Math.max(1, height),
  };
  const next = placedAs(widgets, container, arranged(boxes, index, box));
  return container === null ? closed(next) : settledTop(next, true);
}

/** The widgets as a group of their own, as wide as they stood; null where one of them is a group or in one. */
export function grouped(
  widgets: readonly Draft[],
  ids: readonly Id[],
  newKey: () => string,
): { widgets: Draft[]; key: string } | null {
  const chosen = widgets.filter((one) => ids.includes(one.key));
  if (chosen.length === 0 || chosen.length < ids.length) return null;
  if (chosen.some((one) => isGroup(one.definition))) return null;
  const boxes = chosen.map(rowsOf);
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const width = Math.max(...boxes.map((box) => box.x + box.width)) - x;
  const places = compacted(boxes.map((box) => ({ ...box, x: box.x - x, y: box.y - y })));
  const inner = chosen.map((one, i) => ({ ...bare(one), layout: places[i]! }));
  const definition = { type: "group", title: "New group", layout_type: "ordered", widgets: inner };
  const group: Draft = { key: newKey(), definition, layout: { x, y, width, height: 2 } };
  const first = widgets.indexOf(chosen[0]!);
  const rest = widgets.filter((one) => !chosen.includes(one));
  const at = widgets.slice(0, first).filter((one) => !chosen.includes(one)).length;
  const all = [...rest.slice(0, at), group, ...rest.slice(at)];
  return { widgets: placedAs(all, null, settled(all.map(rowsOf), [at])), key: group.key };
}

/** What a group holds, in its place. */
export function ungrouped(widgets: readonly Draft[], key: string, newKey: () => string): Draft[] {
  const at = widgets.findIndex((one) => one.key === key);
  const group = widgets[at];
  if (!group) return [...widgets];
  const { widgets: inner, boxes } = gridOf(widgets, key);
  const freed = inner.map((one, i): Draft => {
    const box = boxes[i]!;
    const layout = { ...box, x: box.x + group.layout.x, y: box.y + group.layout.y };
    return { ...bare(one), key: one.id === undefined ? newKey() : String(one.id), layout };
  });
  return closed([...widgets.slice(0, at), ...freed, ...widgets.slice(at + 1)]);
}
