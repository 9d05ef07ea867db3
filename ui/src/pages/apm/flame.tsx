/** The flame graph on a canvas: hover names a span, click chooses it, a drag zooms, a double click shows all. */

import { type MouseEvent, useEffect, useMemo, useRef, useState } from "react";
import { type Box, boxAt, draw, ROW, type View } from "~/core/flame";
import { counted } from "~/core/labels";
import { readable, resolveColor } from "~/core/palette";
import { formatDuration } from "~/core/units";
import css from "./trace.module.css";

export interface DrawingProps {
  boxes: readonly Box[];
  color: (service: string) => string;
  selected: string | null;
  onSelect: (box: Box) => void;
}

export function Flame({ boxes, color, selected, onSelect }: DrawingProps) {
  const whole = useMemo<View>(
    () => ({ from: 0, to: Math.max(1, ...boxes.map((box) => box.span.start + box.span.duration)) }),
    [boxes],
  );
  const [view, setView] = useState(whole);
  const [hover, setHover] = useState<{ box: Box; x: number; y: number } | null>(null);
  const [drag, setDrag] = useState<number | null>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(canvas);
  const height = (Math.max(0, ...boxes.map((box) => box.row)) + 1) * ROW;
  useEffect(() => setView(whole), [whole]);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || width === 0) return;
    const ratio = window.devicePixelRatio;
    context.canvas.width = width * ratio;
    context.canvas.height = height * ratio;
    context.scale(ratio, ratio);
    context.font = `11px ${resolveColor("--font")}`;
    const palette = {
      color: (service: string) => resolveColor(color(service)),
      text: (fill: string) => readable(fill, resolveColor("--on-accent"), resolveColor("--text")),
      error: resolveColor("--alert"),
      selected: resolveColor("--text"),
    };
    draw(context, boxes, view, width, palette, selected);
  });
  const at = (event: MouseEvent) => {
    const box = canvas.current!.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const time = (x: number) => view.from + (x / width) * (view.to - view.from);
  const release = (event: MouseEvent) => {
    const { x, y } = at(event);
    if (drag !== null && Math.abs(x - drag) > 6) {
      setView({ from: time(Math.min(x, drag)), to: time(Math.max(x, drag)) });
    } else {
      const found = boxAt(boxes, view, width, x, y);
      if (found) onSelect(found);
    }
    setDrag(null);
  };
  return (
    <div className={css.flame}>
      <Ruler view={view} />
      <div className={css.scroll}>
        <canvas
          ref={canvas}
          style={{ height }}
          role="img"
          aria-label={`Flame graph of ${counted(boxes.length, "span")}`}
          onMouseDown={(event) => setDrag(at(event).x)}
          onMouseUp={release}
          onDoubleClick={() => setView(whole)}
          onMouseMove={(event) => {
            const point = at(event);
            const box = boxAt(boxes, view, width, point.x, point.y);
            setHover(box && { box, ...point });
          }}
          onMouseLeave={() => setHover(null)}
        />
        {hover && (
          <div className={css.tip} style={{ left: Math.min(hover.x + 12, width - 260), top: hover.y + 16 }}>
            <b>{hover.box.span.service}</b> {hover.box.span.name}
            <br />
            {hover.box.span.resource}
            <br />
            <span className="num">{formatDuration(hover.box.span.duration / 1e9)}</span>, itself{" "}
            <span className="num">{formatDuration(Math.max(0, hover.box.own) / 1e9)}</span>
          </div>
        )}
      </div>
    </div>
  );
}

function useWidth(element: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}

/** Five moments of the view, as time since the trace began. */
export function Ruler({ view }: { view: View }) {
  return (
    <div className={`${css.ruler} num`} aria-hidden="true">
      {[0, 0.25, 0.5, 0.75, 1].map((share) => (
        <span key={share}>{formatDuration((view.from + share * (view.to - view.from)) / 1e9)}</span>
      ))}
    </div>
  );
}
