/** Dragging widgets over the grids of a dashboard, and resizing them: what the pointer does, and what would come of it. */
import { type PointerEvent, type RefObject, useEffect, useMemo, useRef, useState } from "react";
import type { Draft } from "../draft";
import {
  type Container,
  containerOf,
  type Dropped,
  dropped,
  gridOf,
  type Id,
  sized,
  widgetOf,
} from "./placement";

interface Rect {
  left: number;
  top: number;
  width: number;
  height: number;
}

interface Drag {
  kind: "move" | "resize";
  ids: readonly Id[];
  /** Where the pointer went down, and where it is, in pixels of the window. */
  start: { x: number; y: number };
  now: { x: number; y: number };
  /** The dragged widgets as they lay in the window; they follow the pointer from there. */
  rects: ReadonlyMap<Id, Rect>;
  /** Insides of open groups, in pixels of the canvas, before anything made room. */
  groups: ReadonlyMap<string, Rect & { rows: number; columns: number }>;
  /** Pixels that the page scrolled meanwhile. */
  scrolled: number;
}

interface Options {
  canvas: RefObject<HTMLDivElement | null>;
  widgets: readonly Draft[];
  newKey: () => string;
  onDone: (result: Dropped) => void;
  /** The pointer went down and up without a way between. */
  onClick: (id: Id) => void;
}

export interface GridDrag {
  drag: Drag | null;
  /** What the dashboard would be if it were dropped now. */
  preview: Dropped | null;
  begin: (event: PointerEvent, ids: readonly Id[], kind: Drag["kind"]) => void;
  /** Where a dragged widget is in the window. */
  floating: (id: Id) => Rect | null;
}

export const ROW = 88;
export const GAP = 8;
/** A hand that clicks is not quite still. */
const STILL_PX = 4;
const EDGE_PX = 56;
const SCROLL_PX = 14;

export function useGridDrag({ canvas, widgets, newKey, onDone, onClick }: Options): GridDrag {
  const [drag, setDrag] = useState<Drag | null>(null);
  const moved = drag !== null && Math.hypot(drag.now.x - drag.start.x, drag.now.y - drag.start.y) > STILL_PX;
  const at = drag && moved && canvas.current ? aim(drag, canvas.current, widgets) : null;
  const target = at && `${at.into} ${at.x} ${at.y}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another cell is another preview, another pixel is not
  const preview = useMemo<Dropped | null>(() => {
    if (!drag || !at) return null;
    if (drag.kind === "resize") {
      return { widgets: sized(widgets, drag.ids[0]!, at.x, at.y), ids: [...drag.ids], into: at.into };
    }
    return dropped(widgets, drag.ids, at.into, at, newKey, false);
  }, [drag?.ids, drag?.kind, target, widgets]);
  const latest = useRef({ drag, at, preview, onDone, onClick, widgets });
  latest.current = { drag, at, preview, onDone, onClick, widgets };
  const active = drag !== null;
  useEffect(() => {
    if (!active) return;
    const move = (event: globalThis.PointerEvent) => {
      const now = { x: event.clientX, y: event.clientY };
      setDrag((old) => old && { ...old, now });
    };
    const up = () => {
      const { drag, at, preview, onDone, onClick, widgets } = latest.current;
      setDrag(null);
      if (!drag) return;
      if (!at || !preview) {
        if (drag.kind === "move") onClick(drag.ids[0]!);
      } else if (drag.kind === "resize") onDone(preview);
      else onDone(dropped(widgets, drag.ids, at.into, at, newKey));
    };
    const cancel = () => setDrag(null);
    const press = (event: KeyboardEvent) => {
      if (event.key === "Escape") cancel();
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", up);
    window.addEventListener("pointercancel", cancel);
    window.addEventListener("keydown", press);
    const stop = scrollAtEdges(
      canvas.current,
      () => latest.current.drag?.now.y,
      (by) => setDrag((old) => old && { ...old, scrolled: old.scrolled + by }),
    );
    return () => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", up);
      window.removeEventListener("pointercancel", cancel);
      window.removeEventListener("keydown", press);
      stop();
    };
  }, [active, canvas, newKey]);
  const begin: GridDrag["begin"] = (event, ids, kind) => {
    if (event.button !== 0 || !canvas.current) return;
    event.preventDefault();
    (event.currentTarget as HTMLElement).focus({ preventScroll: true });
    const start = { x: event.clientX, y: event.clientY };
    setDrag({
      kind,
      ids,
      start,
      now: start,
      rects: rectsOf(canvas.current, ids),
      groups: groupsOf(canvas.current, widgets),
      scrolled: 0,
    });
  };
  const floating = (id: Id): Rect | null => {
    const rect = moved && drag?.kind === "move" ? drag.rects.get(id) : undefined;
    if (!rect || !drag) return null;
    return {
      ...rect,
      left: rect.left + drag.now.x - drag.start.x,
      top: rect.top + drag.now.y - drag.start.y,
    };
  };
  return { drag: moved ? drag : null, preview, begin, floating };
}

/** The grid and the cell that the dragged widget would be dropped on; of a resized one its size. */
function aim(
  drag: Drag,
  canvas: HTMLElement,
  widgets: readonly Draft[],
): { into: Container; x: number; y: number } {
  const frame = canvas.getBoundingClientRect();
  const container = containerOf(drag.ids[0]!);
  const pointer = { x: drag.now.x - frame.left, y: drag.now.y - frame.top };
  if (drag.kind === "resize") {
    const rect = drag.rects.get(drag.ids[0]!)!;
    const cell = cellOf(drag, container, frame.width);
    const right = rect.width + drag.now.x - drag.start.x;
    const bottom = rect.height + drag.now.y - drag.start.y + drag.scrolled;
    return { into: container, x: Math.round(right / cell.width), y: Math.round(bottom / cell.height) };
  }
  const holdsGroup = drag.ids.some((id) => widgetOf(widgets, id)?.definition.type === "group");
  const into = holdsGroup ? null : groupAt(drag, pointer);
  const origin = into === null ? { left: 0, top: 0 } : drag.groups.get(into)!;
  const rect = drag.rects.get(drag.ids[0]!)!;
  const grabbed = { x: drag.start.x - rect.left, y: drag.start.y - rect.top };
  const cell = cellOf(drag, into, frame.width);
  // A narrow group takes what is wider: it hangs by the pointer, not by its left edge.
  const wide = into !== null && rect.width > drag.groups.get(into)!.width;
  const left = pointer.x - (wide ? 0 : grabbed.x) - origin.left;
  const top = pointer.y - grabbed.y - origin.top;
  return {
    into,
    x: wide ? 0 : Math.max(0, Math.round(left / cell.width)),
    y: Math.max(0, Math.round(top / cell.height)),
  };
}

function cellOf(drag: Drag, container: Container, width: number) {
  const group = container === null ? undefined : drag.groups.get(container);
  if (!group) return { width: (width + GAP) / 12, height: ROW + GAP };
  return { width: group.width / group.columns, height: group.height / group.rows };
}

function groupAt(drag: Drag, { x, y }: { x: number; y: number }): string | null {
  for (const [key, box] of drag.groups) {
    if (x >= box.left && x <= box.left + box.width && y >= box.top && y <= box.top + box.height) return key;
  }
  return null;
}

function rectsOf(canvas: HTMLElement, ids: readonly Id[]): Map<Id, Rect> {
  const found = new Map<Id, Rect>();
  for (const element of canvas.querySelectorAll<HTMLElement>("[data-item]")) {
    if (!ids.includes(element.dataset.item!)) continue;
    const { left, top, width, height } = element.getBoundingClientRect();
    found.set(element.dataset.item!, { left, top, width, height });
  }
  return found;
}

function groupsOf(canvas: HTMLElement, widgets: readonly Draft[]): Drag["groups"] {
  const frame = canvas.getBoundingClientRect();
  const found = new Map<string, Rect & { rows: number; columns: number }>();
  for (const element of canvas.querySelectorAll<HTMLElement>("[data-group-body]")) {
    const key = element.dataset.groupBody!;
    const { left, top, width, height } = element.getBoundingClientRect();
    const { boxes, columns } = gridOf(widgets, key);
    const rows = Math.max(1, ...boxes.map((box) => box.y + box.height));
    found.set(key, { left: left - frame.left, top: top - frame.top, width, height, rows, columns });
  }
  return found;
}

/** Scrolls what the canvas is in while the pointer is at its upper or lower edge. */
function scrollAtEdges(
  canvas: HTMLElement | null,
  pointer: () => number | undefined,
  onScroll: (by: number) => void,
): () => void {
  let scroller = canvas?.parentElement ?? null;
  while (scroller && !/auto|scroll/.test(getComputedStyle(scroller).overflowY))
    scroller = scroller.parentElement;
  let frame = 0;
  const step = () => {
    frame = requestAnimationFrame(step);
    const y = pointer();
    if (y === undefined) return;
    const box = scroller?.getBoundingClientRect() ?? { top: 0, bottom: window.innerHeight };
    const by = y < box.top + EDGE_PX ? -SCROLL_PX : y > box.bottom - EDGE_PX ? SCROLL_PX : 0;
    if (by === 0) return;
    const target = scroller ?? document.scrollingElement!;
    const before = target.scrollTop;
    target.scrollTop += by;
    if (target.scrollTop !== before) onScroll(target.scrollTop - before);
  };
  frame = requestAnimationFrame(step);
  return () => cancelAnimationFrame(frame);
}
