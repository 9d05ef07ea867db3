/** The grid while it is edited: widgets are moved by their titles and resized by their corners, or by arrow keys. */

import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import GridLayout, { type Layout, useContainerWidth } from "react-grid-layout";
import "react-grid-layout/css/styles.css";
import { Group } from "~/widgets/Group";
import { type Direction, moved as movedTo, placeWords, resized } from "~/widgets/gridLayout";
import { COLUMNS, isGroup } from "~/widgets/layout";
import type { Widget } from "~/widgets/types";
import { WidgetPanel } from "~/widgets/WidgetPanel";
import css from "./canvas.module.css";
import { type Draft, rowsOf } from "./draft";
import FreeCanvas from "./freeCanvas";

export interface CanvasProps {
  widgets: Draft[];
  /** Key of the widget to bring into sight. */
  added?: string;
  onMoved: (widgets: Draft[]) => void;
  /** The widget under the pointer, for the clipboard. */
  onHover: (key: string | undefined) => void;
  /** Opens or closes a group, also as it is stored. */
  onToggle: (group: Draft) => void;
  actions: (widget: Draft) => ReactNode;
  innerActions: (group: Draft, inner: Widget) => ReactNode;
}

const ROW = 88;
const GAP = 8;
/** By then a dialog that closes has given the focus back to the button that opened it, and the page jumped there. */
const FOCUS_MS = 150;
const ARROWS: Record<string, Direction> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

/** Of an ordered dashboard, or a free one. */
export default function Canvas({ free, ...props }: CanvasProps & { free: boolean }) {
  return free ? <FreeCanvas {...props} /> : <GridCanvas {...props} />;
}

function GridCanvas(props: CanvasProps) {
  const { widgets, added, onMoved, onHover, onToggle, actions, innerActions } = props;
  const { width, containerRef, mounted } = useContainerWidth();
  const latest = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!added) return;
    const timer = setTimeout(() => latest.current?.scrollIntoView({ block: "center" }), FOCUS_MS);
    return () => clearTimeout(timer);
  }, [added]);
  /** The grid also reports layouts that it was given, late: only drags count. */
  const dragged = useRef(false);
  const drag = () => {
    dragged.current = true;
  };
  const moved = (layout: Layout) => {
    if (!dragged.current) return;
    dragged.current = false;
    const next = widgets.map((widget) => {
      const place = layout.find((item) => item.i === widget.key);
      return place
        ? { ...widget, layout: { x: place.x, y: place.y, width: place.w, height: place.h } }
        : widget;
    });
    if (JSON.stringify(next) !== JSON.stringify(widgets)) onMoved(next);
  };
  const [told, setTold] = useState("");
  const press = (event: KeyboardEvent<HTMLElement>, index: number) => {
    const direction = ARROWS[event.key];
    if (!direction) return;
    event.preventDefault();
    dragged.current = false;
    const step = event.shiftKey ? resized : movedTo;
    const places = step(widgets.map(rowsOf), index, direction);
    setTold(placeWords(places[index]!));
    onMoved(widgets.map((widget, i) => ({ ...widget, layout: places[i]! })));
    const { currentTarget } = event;
    setTimeout(() => currentTarget.scrollIntoView({ block: "nearest" }), FOCUS_MS);
  };
  return (
    <div ref={containerRef} className={css.canvas}>
      <p className="visually-hidden" role="status">
        {told}
      </p>
      {mounted && (
        <GridLayout
          width={width}
          layout={widgets.map(placeOf)}
          gridConfig={{ cols: COLUMNS, rowHeight: ROW, margin: [GAP, GAP], containerPadding: [0, 0] }}
          dragConfig={{ enabled: true, handle: `.${css.handle}` }}
          onDragStart={drag}
          onResizeStart={drag}
          onLayoutChange={moved}
        >
          {widgets.map((widget, index) => (
            <div
              key={widget.key}
              className={css.item}
              onPointerEnter={() => onHover(widget.key)}
              onPointerLeave={() => onHover(undefined)}
              onFocus={() => onHover(widget.key)}
            >
              <button
                type="button"
                ref={widget.key === added ? latest : undefined}
                className={css.handle}
                aria-label={`Move ${widget.definition.title || widget.definition.type}`}
                title="Drag to move, or use the arrow keys; with Shift they resize"
                onKeyDown={(event) => press(event, index)}
              />
              {isGroup(widget.definition) ? (
                <Group
                  widget={widget}
                  width={widget.layout.width}
                  collapsed={widget.collapsed === true}
                  onToggle={() => onToggle(widget)}
                  actions={(inner) =>
                    inner.definition === widget.definition ? actions(widget) : innerActions(widget, inner)
                  }
                />
              ) : (
                <WidgetPanel definition={widget.definition} actions={actions(widget)} />
              )}
            </div>
          ))}
        </GridLayout>
      )}
    </div>
  );
}

function placeOf(widget: Draft) {
  const { x, y, width, height } = rowsOf(widget);
  return { i: widget.key, x, y, w: width, h: height, minW: 1, minH: 1 };
}
