/** One widget in its place on a grid. */
import type { CSSProperties, ReactNode } from "react";
import { Group } from "./Group";
import { type Box, isGroup } from "./layout";
import type { Widget } from "./types";
import { WidgetPanel } from "./WidgetPanel";

/** Menu of a widget; groups pass it on to what they hold. */
export type CellActions = (widget: Widget) => ReactNode;

interface Props {
  widget: Widget;
  box: Box;
  collapsed?: boolean;
  onToggle?: () => void;
  actions?: CellActions;
}

export function Cell({ widget, box, collapsed = false, onToggle, actions }: Props) {
  const group = isGroup(widget.definition);
  return (
    <div style={area(box)} data-group={group || undefined} data-collapsed={collapsed || undefined}>
      {group ? (
        <Group
          widget={widget}
          width={box.width}
          collapsed={collapsed}
          onToggle={onToggle}
          actions={actions}
        />
      ) : (
        <WidgetPanel
          definition={widget.definition}
          rows={box.height}
          columns={box.width}
          actions={actions?.(widget)}
        />
      )}
    </div>
  );
}

/** `--rows` is how high a widget is where there is room for one column only. */
function area(box: Box): CSSProperties {
  return {
    gridColumn: `${box.x + 1} / span ${box.width}`,
    gridRow: `${box.y + 1} / span ${box.height}`,
    "--rows": box.height,
  } as CSSProperties;
}
