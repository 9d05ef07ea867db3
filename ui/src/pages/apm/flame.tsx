/** The flame graph on a canvas: hover names a span, click selects it, a drag zooms, a double click shows all. */

import { type MouseEvent, useEffect, useMemo, useRef, useState } from "react";
import { arrange, type Block, type Box, draw, hitTest, ROW, type View } from "~/core/flame";
import { counted } from "~/core/labels";
import { readable, resolveColor } from "~/core/palette";
import { formatDuration } from "~/core/units";
import css from "./trace.module.css";
import { endOf, type ViewProps } from "./traceData";

const FAINT = 0.25;

export function Flame({ boxes, color, selected, onSelect, matching }: ViewProps) {
  const whole = useMemo<View>(() => ({ from: 0, to: endOf(boxes) }), [boxes]);
  const [view, setView] = useState(whole);
  const [hover, setHover] = useState<{ hit: Box | Block; x: number; y: number } | null>(null);
  const [drag, setDrag] = useState<number | null>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(canvas);
  const height = (boxes.reduce((most, box) => Math.max(most, box.row), 0) + 1) * ROW;
  const seen = useMemo(() => arrange(boxes, view, Math.max(1, width)), [boxes, view, width]);
  useEffect(() => setView(whole), [whole]);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || width === 0) return;
    const ratio = window.devicePixelRatio;
    context.canvas.width = width * ratio;
    context.canvas.height = height * ratio;
    context.scale(ratio, ratio);
    context.font = `11px ${resolveColor("--font")}`;
    const known = new Map<string, string>();
    const resolve = (name: string) => {
      const found = known.get(name) ?? resolveColor(name);
      known.set(name, found);
      return found;
    };
    const palette = {
      color: (span: Box["span"]) => resolve(color(span)),
      text: (fill: string) => readable(fill, resolve("--on-accent"), resolve("--text")),
      error: resolve("--alert"),
      selected: resolve("--text"),
      block: resolve("--surface-3"),
      strength: (span: Box["span"]) => (matching === null || matching.has(span.id) ? 1 : FAINT),
    };
    draw(context, seen, view, width, palette, selected);
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
      const hit = hitTest(seen, view, width, x, y);
      if (hit && "span" in hit) onSelect(hit.span.id);
      else if (hit) setView(around(hit));
    }
    setDrag(null);
  };
  const zoomed = view !== whole;
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
            const hit = hitTest(seen, view, width, point.x, point.y);
            setHover(hit && { hit, ...point });
          }}
          onMouseLeave={() => setHover(null)}
        />
        {hover && (
          <div className={css.tip} style={{ left: Math.min(hover.x + 12, width - 260), top: hover.y + 16 }}>
            {"span" in hover.hit ? <BoxTip box={hover.hit} /> : <BlockTip block={hover.hit} />}
          </div>
        )}
      </div>
      {zoomed && (
        <button type="button" className={css.zoomOut} onClick={() => setView(whole)}>
          Show the whole trace
        </button>
      )}
    </div>
  );
}

/** A view in which the spans of a block are wide enough to be drawn. */
function around(block: Block): View {
  const least = block.boxes.reduce(
    (found, box) => Math.min(found, box.span.duration),
    Number.POSITIVE_INFINITY,
  );
  const length = Math.max(block.to - block.from, Math.max(1, least) * 20);
  return { from: Math.max(0, block.from - length * 0.05), to: block.from + length * 1.05 };
}

function BoxTip({ box }: { box: Box }) {
  return (
    <>
      <b>{box.span.service}</b> {box.span.name}
      <br />
      {box.span.resource}
      <br />
      <span className="num">{formatDuration(box.span.duration / 1e9)}</span>, self time{" "}
      <span className="num">{formatDuration(Math.max(0, box.own) / 1e9)}</span>
    </>
  );
}

function BlockTip({ block }: { block: Block }) {
  const services = [...new Set(block.boxes.map((box) => box.span.service))];
  return (
    <>
      <b>{counted(block.boxes.length, "span")}</b> too short to draw
      {block.errors > 0 && `, ${counted(block.errors, "error")}`}
      <br />
      {services.slice(0, 3).join(", ")}
      {services.length > 3 && ` and ${services.length - 3} more services`}
      <br />
      <span className="num">{formatDuration((block.to - block.from) / 1e9)}</span>. Click to zoom in.
    </>
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
