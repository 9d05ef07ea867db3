/** Selecting widgets with a rectangle that is drawn over the free part of the canvas. */
import { type PointerEvent, type RefObject, useEffect, useRef, useState } from "react";
import type { Id } from "./placement";

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

interface Corners {
  from: { x: number; y: number };
  to: { x: number; y: number };
}

/** A rectangle smaller than this was a click: nothing is selected. */
const LEAST_PX = 6;

export function useMarquee(canvas: RefObject<HTMLDivElement | null>, onSelect: (ids: readonly Id[]) => void) {
  const [corners, setCorners] = useState<Corners | null>(null);
  const latest = useRef({ corners, onSelect });
  latest.current = { corners, onSelect };
  const active = corners !== null;
  useEffect(() => {
    if (!active) return;
    const within = (event: globalThis.PointerEvent) => place(canvas.current, event.clientX, event.clientY);
    const move = (event: globalThis.PointerEvent) =>
      setCorners((old) => old && { ...old, to: within(event) });
    const up = () => {
      const { corners, onSelect } = latest.current;
      setCorners(null);
      if (!corners || !canvas.current) return;
      const box = boxOf(corners);
      onSelect(box.width < LEAST_PX && box.height < LEAST_PX ? [] : touched(canvas.current, box));
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", up);
    window.addEventListener("pointercancel", up);
    return () => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", up);
      window.removeEventListener("pointercancel", up);
    };
  }, [active, canvas]);
  const begin = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0 || event.target !== event.currentTarget) return;
    event.preventDefault();
    const from = place(canvas.current, event.clientX, event.clientY);
    setCorners({ from, to: from });
  };
  return { begin, box: corners && boxOf(corners) };
}

function place(canvas: HTMLElement | null, x: number, y: number) {
  const frame = canvas?.getBoundingClientRect();
  return { x: x - (frame?.left ?? 0), y: y - (frame?.top ?? 0) };
}

function boxOf({ from, to }: Corners): Box {
  return {
    left: Math.min(from.x, to.x),
    top: Math.min(from.y, to.y),
    width: Math.abs(from.x - to.x),
    height: Math.abs(from.y - to.y),
  };
}

/** Widgets of the dashboard itself: those in groups are selected with their group. */
function touched(canvas: HTMLElement, box: Box): Id[] {
  const frame = canvas.getBoundingClientRect();
  return [...canvas.children].flatMap((element) => {
    const id = (element as HTMLElement).dataset.item;
    if (!id) return [];
    const own = element.getBoundingClientRect();
    const [left, top] = [own.left - frame.left, own.top - frame.top];
    const apart =
      left > box.left + box.width ||
      left + own.width < box.left ||
      top > box.top + box.height ||
      top + own.height < box.top;
    return apart ? [] : [id];
  });
}
