/** The grid while it is edited: widgets are dragged by their titles and resized by their corners. */

import { type ReactNode, useEffect, useRef } from "react";
import GridLayout, { type Layout, useContainerWidth } from "react-grid-layout";
import "react-grid-layout/css/styles.css";
import { Grid } from "~/widgets/Grid";
import { COLUMNS, groupHeight } from "~/widgets/layout";
import { WidgetPanel } from "~/widgets/WidgetPanel";
import css from "./canvas.module.css";
import type { Draft } from "./draft";

interface Props {
  widgets: Draft[];
  /** Key of the widget to bring into sight. */
  added?: string;
  onMoved: (widgets: Draft[]) => void;
  actions: (widget: Draft) => ReactNode;
}

const ROW = 88;
const GAP = 8;
/** By then a dialog that closes has given the focus back to the button that opened it, and the page jumped there. */
const FOCUS_MS = 150;

export default function Canvas({ widgets, added, onMoved, actions }: Props) {
  const { width, containerRef, mounted } = useContainerWidth();
  const latest = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!added) return;
    const timer = setTimeout(() => latest.current?.scrollIntoView({ block: "center" }), FOCUS_MS);
    return () => clearTimeout(timer);
  }, [added]);
  const moved = (layout: Layout) => {
    const next = widgets.map((widget) => {
      const place = layout.find((item) => item.i === widget.key);
      return place
        ? { ...widget, layout: { x: place.x, y: place.y, width: place.w, height: place.h } }
        : widget;
    });
    if (JSON.stringify(next) !== JSON.stringify(widgets)) onMoved(next);
  };
  return (
    <div ref={containerRef} className={css.canvas}>
      {mounted && (
        <GridLayout
          width={width}
          layout={widgets.map(placeOf)}
          gridConfig={{ cols: COLUMNS, rowHeight: ROW, margin: [GAP, GAP], containerPadding: [0, 0] }}
          dragConfig={{ enabled: true, handle: `.${css.handle}` }}
          onLayoutChange={moved}
        >
          {widgets.map((widget) => (
            <div key={widget.key} className={css.item}>
              <div
                ref={widget.key === added ? latest : undefined}
                className={css.handle}
                title="Drag to move"
              />
              {widget.definition.type === "group" ? (
                <Grid
                  layoutType="ordered"
                  widgets={[
                    { ...widget, layout: { x: 0, y: 0, width: COLUMNS, height: groupHeight(widget) } },
                  ]}
                  actions={(inner) => (inner.definition === widget.definition ? actions(widget) : null)}
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
  const { x, y, width, height } = widget.layout;
  const group = widget.definition.type === "group";
  return { i: widget.key, x, y, w: width, h: group ? groupHeight(widget) : height, minW: 1, minH: 1 };
}
