/** A free dashboard while it is edited: widgets are dragged and resized in units of its own grid. */
import { type KeyboardEvent, type PointerEvent, useMemo, useRef, useState } from "react";
import { useSize } from "~/widgets/dom";
import { FREE_UNIT_PX, freeScale, placeFree } from "~/widgets/layout";
import type { WidgetLayout } from "~/widgets/types";
import { WidgetPanel } from "~/widgets/WidgetPanel";
import type { CanvasProps } from "./canvas";
import css from "./canvas.module.css";
import type { Draft } from "./draft";

interface Drag {
  key: string;
  resize: boolean;
  x: number;
  y: number;
  start: WidgetLayout;
}

const STEPS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The layout after a step in units: moved, or resized to no less than 4 by 3. */
export function shifted(
  layout: WidgetLayout,
  [dx, dy]: readonly [number, number],
  resize: boolean,
): WidgetLayout {
  return resize
    ? { ...layout, width: Math.max(4, layout.width + dx), height: Math.max(3, layout.height + dy) }
    : { ...layout, x: Math.max(0, layout.x + dx), y: Math.max(0, layout.y + dy) };
}

export default function FreeCanvas({ widgets, onMoved, onHover, actions }: CanvasProps) {
  const [frame, size] = useSize<HTMLDivElement>();
  const [drag, setDrag] = useState<Drag | null>(null);
  const [live, setLive] = useState<WidgetLayout | null>(null);
  const shown = useMemo(
    () =>
      widgets.map((widget) =>
        drag && live && widget.key === drag.key ? { ...widget, layout: live } : widget,
      ),
    [widgets, drag, live],
  );
  const layout = placeFree(shown);
  const scale = freeScale(layout, { width: size.width });
  const surface = useRef<HTMLDivElement>(null);
  const put = (key: string, next: WidgetLayout) =>
    onMoved(widgets.map((widget) => (widget.key === key ? { ...widget, layout: next } : widget)));
  const begin = (event: PointerEvent, widget: Draft, resize: boolean) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag({ key: widget.key, resize, x: event.clientX, y: event.clientY, start: widget.layout });
    setLive(widget.layout);
  };
  const move = (event: PointerEvent) => {
    if (!drag) return;
    const units = (pixels: number) => Math.round(pixels / (FREE_UNIT_PX * scale));
    setLive(shifted(drag.start, [units(event.clientX - drag.x), units(event.clientY - drag.y)], drag.resize));
  };
  const end = () => {
    if (drag && live) put(drag.key, live);
    setDrag(null);
    setLive(null);
  };
  const press = (event: KeyboardEvent, widget: Draft) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    put(widget.key, shifted(widget.layout, step, event.shiftKey));
  };
  return (
    <div ref={frame} className={css.canvas} style={{ height: Math.max(400, (layout.height + 120) * scale) }}>
      <div ref={surface} className={css.free} style={{ transform: `scale(${scale})`, width: layout.width }}>
        {shown.map((widget, index) => {
          const { x, y, width, height } = layout.boxes[index]!;
          const name = widget.definition.title || widget.definition.type;
          return (
            <div
              key={widget.key}
              className={css.item}
              style={{ left: x, top: y, width, height }}
              onPointerEnter={() => onHover(widget.key)}
              onPointerLeave={() => onHover(undefined)}
            >
              <button
                type="button"
                className={css.handle}
                aria-label={`Move ${name}`}
                title="Drag to move, or use the arrow keys; with Shift they resize"
                onPointerDown={(event) => begin(event, widget, false)}
                onPointerMove={move}
                onPointerUp={end}
                onKeyDown={(event) => press(event, widget)}
              />
              <WidgetPanel
                definition={widget.definition}
                rows={height / 96}
                columns={width / 110}
                actions={actions(widget.key)}
                free
              />
              <button
                type="button"
                className={css.corner}
                tabIndex={-1}
                aria-label={`Resize ${name}`}
                onPointerDown={(event) => begin(event, widget, true)}
                onPointerMove={move}
                onPointerUp={end}
              />
            </div>
          );
        })}
      </div>
    </div>
  );
}
