import { compacted } from "~/widgets/gridLayout";
import { isGroup, openHeight } from "~/widgets/layout";
import type { Widget, WidgetLayout } from "~/widgets/types";

/** Every widget gets a place and a key while it is edited. */
export interface Draft extends Widget {
  key: string;
  layout: WidgetLayout;
}

/** As many rows as it takes: a group is as high as what it holds. */
export function rowsOf(widget: Draft): WidgetLayout {
  const { definition, layout } = widget;
  return isGroup(definition) ? { ...layout, height: openHeight(definition, layout.width) } : layout;
}

/** Without holes that a widget left behind, as the grid shows them. */
export function closed(widgets: readonly Draft[]): Draft[] {
  const places = compacted(widgets.map(rowsOf));
  return widgets.map((widget, i) => ({ ...widget, layout: places[i]! }));
}
