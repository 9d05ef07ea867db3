/** Placing the widgets of an ordered dashboard, in one column or in two side by side. Pure. */
import type { Widget } from "../types";
import { type Box, bottomOf, lowerEdge } from "./box";
import { COLUMNS, isGroup, layoutOf, naturalSize, openHeight, savedCollapsed } from "./group";
import { placeMixed, withHeights } from "./part";

export interface Placed {
  box: Box;
  /** Which of the two grids it is on; 0 where there is one. */
  side: 0 | 1;
  collapsed: boolean;
}

export interface BoardLayout {
  /** In the order of the dashboard's widgets. */
  placed: Placed[];
  sides: 1 | 2;
}

export interface BoardOptions {
  /** Two grids of twelve columns side by side. */
  dense?: boolean;
  /** What the reader opened or closed, by index; the others are as they were saved. */
  toggled?: ReadonlyMap<number, boolean>;
  /** Columns of the widgets that have no layout. */
  tile?: number;
}

interface Part {
  indices: number[];
  boxes: Box[];
}

/** Where every widget stands. Nothing overlaps; boards whose layouts are clean stay as they are. */
export function placeBoard(widgets: readonly Widget[], options: BoardOptions = {}): BoardLayout {
  const collapsed = widgets.map((widget, i) => options.toggled?.get(i) ?? savedCollapsed(widget));
  const parts = partsOf(widgets, options.tile).map((part) => settled(part, widgets, collapsed));
  const [first, second] = options.dense ? sideBySide(parts, widgets) : [joined(parts), null];
  const placed: Placed[] = widgets.map((_, i) => ({
    box: { x: 0, y: 0, width: 1, height: 1 },
    side: 0,
    collapsed: collapsed[i]!,
  }));
  for (const [side, part] of [first, second].entries()) {
    part?.indices.forEach((index, at) => {
      placed[index] = { ...placed[index]!, box: part.boxes[at]!, side: side as 0 | 1 };
    });
  }
  return { placed, sides: second ? 2 : 1 };
}

/** Pixels of a row in which nothing but closed groups stands: their headers. */
const CLOSED_ROW = "var(--h-group-head)";

/** Heights of a grid's rows for CSS; undefined where all are as high as each other. */
export function rowHeights(placed: readonly Placed[]): string | undefined {
  const end = bottomOf(placed.map((one) => one.box));
  const rows = Array.from({ length: end }, (_, y) => {
    const here = placed.filter(({ box }) => box.y <= y && y < lowerEdge(box));
    return here.length > 0 && here.every((one) => one.collapsed) ? CLOSED_ROW : "var(--grid-row)";
  });
  return rows.includes(CLOSED_ROW) ? rows.join(" ") : undefined;
}

/** Whether there is something to put beside each other. */
export function hasTwoSides(widgets: readonly Widget[]): boolean {
  return placeBoard(widgets, { dense: true }).sides === 2;
}

/** Cut where the author broke the columns. `y` of the second part begins again at 0 or goes on from the first. */
function partsOf(widgets: readonly Widget[], tile?: number): Part[] {
  const all = [...widgets.keys()];
  const cut = widgets.findIndex((widget) => widget.layout?.is_column_break === true);
  if (cut <= 0) return [{ indices: all, boxes: placeSome(widgets, 0, (y) => y, tile) }];
  const before = widgets.slice(0, cut);
  const after = widgets.slice(cut);
  const first = placeSome(before, 0, (y) => y, tile);
  const origin = layoutOf(widgets[cut]!)?.y ?? 0;
  const second =
    origin > 0
      ? placeSome(after, 0, (y) => (y >= origin ? y - origin : y), tile)
      : placeSome(after, bottomOf(first), (y) => y, tile);
  return [
    { indices: all.slice(0, cut), boxes: first },
    { indices: all.slice(cut), boxes: second },
  ];
}

function placeSome(
  widgets: readonly Widget[],
  above: number,
  origin: (y: number) => number,
  tile?: number,
): Box[] {
  return placeMixed(
    widgets.map((widget) => {
      const box = layoutOf(widget);
      return box && { ...box, y: origin(box.y) };
    }),
    widgets.map((widget) => naturalSize(widget, COLUMNS, tile)),
    COLUMNS,
    above,
  );
}

/** With groups as high as what they hold, or one row where they are closed. */
function settled({ indices, boxes }: Part, widgets: readonly Widget[], collapsed: readonly boolean[]): Part {
  const heights = indices.map((index, at) => {
    const { definition } = widgets[index]!;
    const box = boxes[at]!;
    if (!isGroup(definition)) return box.height;
    return collapsed[index] ? 1 : Math.max(box.height, openHeight(definition, box.width));
  });
  return { indices, boxes: withHeights(boxes, heights) };
}

/** The second part below the first. */
function joined([first, second]: Part[]): Part {
  if (!second) return first!;
  const down = bottomOf(first!.boxes);
  return {
    indices: [...first!.indices, ...second.indices],
    boxes: [...first!.boxes, ...second.boxes.map((box) => ({ ...box, y: box.y + down }))],
  };
}

/** The second part beside the first; without a break, boards with groups are cut past the half of their rows. */
function sideBySide([first, second]: Part[], widgets: readonly Widget[]): [Part, Part | null] {
  if (second) return [first!, second];
  const whole = first!;
  const row = widgets.some((widget) => isGroup(widget.definition)) ? cutRow(whole.boxes) : null;
  if (row === null) return [whole, null];
  const of = (below: boolean): Part => {
    const at = [...whole.boxes.keys()].filter((i) => whole.boxes[i]!.y >= row === below);
    return {
      indices: at.map((i) => whole.indices[i]!),
      boxes: at.map((i) => ({ ...whole.boxes[i]!, y: whole.boxes[i]!.y - (below ? row : 0) })),
    };
  };
  return [of(false), of(true)];
}

/** The first row at or past the half where a widget begins at the left edge and none goes across. */
function cutRow(boxes: readonly Box[]): number | null {
  const half = bottomOf(boxes) / 2;
  const rows = boxes.filter((box) => box.x === 0 && box.y > 0 && box.y >= half).map((box) => box.y);
  const clear = rows.filter((row) => !boxes.some((box) => box.y < row && lowerEdge(box) > row));
  return clear.length > 0 ? Math.min(...clear) : null;
}
