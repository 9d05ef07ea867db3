/** A dashboard's widgets in their places. Ordered ones stand on CSS grids; free ones keep their coordinates. */
import { useMemo, useState } from "react";
import { usePreferences } from "~/shell/preferences";
import { Cell, type CellActions } from "./Cells";
import { useSize } from "./dom";
import { freeScale, isGroup, placeBoard, placeFree, rowHeights, stacked } from "./layout";
import css from "./panel.module.css";
import type { Widget } from "./types";
import { WidgetPanel } from "./WidgetPanel";

/** Narrower pages show a free board that would be too small to read as one column. */
const PHONE_PX = 720;
const READABLE = 0.6;
/** Content this wide shows boards with groups in two columns, unless the reader decided otherwise. */
export const DENSE_PX = 2000;

interface Props {
  layoutType: "ordered" | "free";
  widgets: readonly Widget[];
  actions?: CellActions;
  /** Two columns: what the reader chose, or null for the width to decide. */
  dense?: boolean | null;
  /** Columns of widgets that have no layout. */
  tile?: number;
}

export function Grid({ layoutType, widgets, actions, dense = null, tile }: Props) {
  return layoutType === "free" ? (
    <FreeBoard widgets={widgets} actions={actions} />
  ) : (
    <OrderedBoard widgets={widgets} actions={actions} dense={dense} tile={tile} />
  );
}

function OrderedBoard({ widgets, actions, dense, tile }: Omit<Props, "layoutType">) {
  const [frame, size] = useSize<HTMLDivElement>();
  const [toggled, setToggled] = useState<ReadonlyMap<number, boolean>>(new Map());
  const grouped = widgets.some((widget) => isGroup(widget.definition));
  const two = dense ?? (grouped && size.width >= DENSE_PX);
  const { placed, sides } = useMemo(
    () => placeBoard(widgets, { dense: two, toggled, tile }),
    [widgets, two, toggled, tile],
  );
  return (
    <div ref={frame} className={css.board} data-sides={sides}>
      {([0, 1] as const).slice(0, sides).map((side) => (
        <div
          key={side}
          className={css.grid}
          style={{ gridTemplateRows: rowHeights(placed.filter((one) => one.side === side)) }}
        >
          {widgets.map((widget, index) => {
            const { box, collapsed, side: own } = placed[index]!;
            if (own !== side) return null;
            const toggle = () => setToggled(new Map(toggled).set(index, !collapsed));
            return (
              <Cell
                key={widget.id ?? index}
                widget={widget}
                box={box}
                collapsed={collapsed}
                onToggle={toggle}
                actions={actions}
              />
            );
          })}
        </div>
      ))}
    </div>
  );
}

function FreeBoard({ widgets, actions }: Omit<Props, "layoutType" | "dense" | "tile">) {
  const [frame, size] = useSize<HTMLDivElement>();
  const { tv } = usePreferences();
  const layout = useMemo(() => placeFree(widgets), [widgets]);
  const height = tv ? Math.max(200, window.innerHeight - 96) : undefined;
  const scale = freeScale(layout, { width: size.width, height }, tv);
  if (!tv && size.width > 0 && size.width < PHONE_PX && scale < READABLE) {
    return (
      <div ref={frame} className={css.stack}>
        {stacked(layout.boxes, size.width).map(({ index, height }) => (
          <div key={widgets[index]!.id ?? index} style={{ height }}>
            <WidgetPanel
              definition={widgets[index]!.definition}
              rows={height / 96}
              columns={size.width / 110}
              actions={actions?.(widgets[index]!)}
              free
            />
          </div>
        ))}
      </div>
    );
  }
  return (
    <div ref={frame} className={css.free} style={{ height: layout.height * scale }}>
      <div
        style={{
          width: layout.width,
          height: layout.height,
          transform: scale === 1 ? undefined : `scale(${scale})`,
        }}
      >
        {widgets.map((widget, index) => {
          const { x, y, width, height: tall } = layout.boxes[index]!;
          return (
            <div key={widget.id ?? index} style={{ left: x, top: y, width, height: tall }}>
              <WidgetPanel
                definition={widget.definition}
                rows={tall / 96}
                columns={width / 110}
                actions={actions?.(widget)}
                free
              />
            </div>
          );
        })}
      </div>
    </div>
  );
}
