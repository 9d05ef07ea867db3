/** Widgets on the clipboard are their JSON, so that they go between dashboards, tabs and servers. Pure. */
import type { Widget, WidgetDefinition } from "~/widgets/types";

/** More than this is no selection of somebody. */
const MOST = 200;

/** The widgets in a text: `{"widgets": [...]}`, `{"definition": {...}}` or a definition alone; none for others. */
export function widgetsIn(text: string): Widget[] {
  if (!/^\s*\{/.test(text) || text.length > 2_000_000) return [];
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    const several =
      Array.isArray(value.widgets) && typeof value.type !== "string" && !("layout_type" in value);
    const given = several ? (value.widgets as Record<string, unknown>[]).slice(0, MOST) : [value];
    return given.flatMap((one) => {
      const widget = widgetOf(one);
      return widget ? [widget] : [];
    });
  } catch {
    return [];
  }
}

function widgetOf(value: Partial<Widget> & Partial<WidgetDefinition>): Widget | null {
  if (typeof value?.definition?.type === "string") {
    return { definition: value.definition, ...(value.layout && { layout: value.layout }) };
  }
  const alone =
    typeof value?.type === "string" &&
    !("layout_type" in value && "title" in value && value.type !== "group");
  return alone ? { definition: value as WidgetDefinition } : null;
}

/** Without the ids, which belong to one dashboard. */
export function textOf(widgets: readonly Widget[]): string {
  const plain = widgets.map(({ definition, layout }) => ({ definition, ...(layout && { layout }) }));
  return JSON.stringify(plain.length === 1 ? plain[0] : { widgets: plain }, null, 2);
}
