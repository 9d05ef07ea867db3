/** Widgets on the clipboard are their JSON, so that they go between dashboards, tabs and servers. Pure. */
import type { Widget, WidgetDefinition } from "~/widgets/types";

/** The widget in a text: `{"definition": {...}}` or a definition alone; null for any other text. */
export function widgetIn(text: string): Widget | null {
  if (!/^\s*\{/.test(text) || text.length > 2_000_000) return null;
  try {
    const value = JSON.parse(text) as Partial<Widget> & Partial<WidgetDefinition>;
    if (typeof value.definition?.type === "string") {
      return { definition: value.definition, ...(value.layout && { layout: value.layout }) };
    }
    const alone =
      typeof value.type === "string" &&
      !("layout_type" in value && "title" in value && value.type !== "group");
    return alone ? { definition: value as WidgetDefinition } : null;
  } catch {
    return null;
  }
}

/** Without the id, which belongs to one dashboard. */
export function textOf({ definition, layout }: Widget): string {
  return JSON.stringify({ definition, ...(layout && { layout }) }, null, 2);
}
