/** A dashboard's widgets in their places: pure CSS grid, no script. Groups hold a grid of their own. */

import { type CSSProperties, type ReactNode, useState } from "react";
import { Icon } from "~/ui";
import { groupHeight, places } from "./layout";
import css from "./panel.module.css";
import type { Widget, WidgetLayout } from "./types";
import { background } from "./views/Text";
import { WidgetPanel } from "./WidgetPanel";

interface Props {
  layoutType: "ordered" | "free";
  widgets: readonly Widget[];
  /** Menu of a widget; groups pass it on to what they hold. */
  actions?: (widget: Widget) => ReactNode;
}

export function Grid({ layoutType, widgets, actions }: Props) {
  const [closed, setClosed] = useState<ReadonlySet<number>>(new Set());
  const raw = places({ layout_type: layoutType, widgets: [...widgets] });
  const placed = settle(widgets, raw, closed);
  return (
    <div className={css.grid}>
      {widgets.map((widget, index) => {
        const place = placed[index]!;
        const toggle = () => setClosed(toggled(closed, index));
        return (
          <div key={widget.id ?? index} style={area(place)} data-group={groups(widget) || undefined}>
            {groups(widget) ? (
              <Group widget={widget} closed={closed.has(index)} onToggle={toggle} actions={actions} />
            ) : (
              <WidgetPanel definition={widget.definition} actions={actions?.(widget)} />
            )}
          </div>
        );
      })}
    </div>
  );
}

function toggled(set: ReadonlySet<number>, index: number): ReadonlySet<number> {
  const next = new Set(set);
  if (!next.delete(index)) next.add(index);
  return next;
}

function groups(widget: Widget): boolean {
  return widget.definition.type === "group";
}

/** `--rows` is how high a widget is where there is room for one column only. */
function area(place: WidgetLayout): CSSProperties {
  return {
    gridColumn: `${place.x + 1} / span ${place.width}`,
    gridRow: `${place.y + 1} / span ${place.height}`,
    "--rows": place.height,
  } as CSSProperties;
}

/** Groups take the height that their content needs, one row when closed; what is below moves along. */
export function settle(
  widgets: readonly Widget[],
  raw: readonly WidgetLayout[],
  closed: ReadonlySet<number>,
): WidgetLayout[] {
  const heights = widgets.map((widget, index) => {
    if (widget.definition.type !== "group") return raw[index]!.height;
    return closed.has(index) ? 1 : groupHeight(widget);
  });
  return raw.map((place, index) => {
    let shift = 0;
    raw.forEach((other, above) => {
      if (
        above !== index &&
        widgets[above]!.definition.type === "group" &&
        other.y + other.height <= place.y
      ) {
        shift += heights[above]! - other.height;
      }
    });
    return { ...place, y: Math.max(0, place.y + shift), height: heights[index]! };
  });
}

interface GroupProps {
  widget: Widget;
  closed: boolean;
  onToggle: () => void;
  actions?: (widget: Widget) => ReactNode;
}

function Group({ widget, closed, onToggle, actions }: GroupProps) {
  const { definition } = widget;
  return (
    <section className={css.group} aria-label={definition.title}>
      <header style={{ background: background(definition.background_color) }}>
        <button type="button" aria-expanded={!closed} onClick={onToggle}>
          <Icon name={closed ? "right" : "down"} />
          <h3>{definition.title || "Group"}</h3>
        </button>
        <span style={{ flex: 1 }} />
        {actions?.(widget)}
      </header>
      {!closed && (
        <div>
          <Grid layoutType="ordered" widgets={definition.widgets ?? []} actions={actions} />
        </div>
      )}
    </section>
  );
}
