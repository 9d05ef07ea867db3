/** What readers of a shared dashboard are shown: queries of the dashboard, texts and pictures. Pure. */
import { counted } from "~/core/labels";
import { WIDGETS } from "./register";
import type { Widget } from "./types";

const SHARED: ReadonlySet<string> = new Set([
  "timeseries",
  "query_value",
  "toplist",
  "query_table",
  "sunburst",
  "treemap",
  "heatmap",
  "distribution",
  "hostmap",
  "geomap",
  "scatterplot",
  "change",
  "note",
  "free_text",
  "image",
  "iframe",
  "wildcard",
  "bar_chart",
]);
/** They hold others, of which each is shown or not. */
const HOLDERS: ReadonlySet<string> = new Set(["group", "powerpack"]);

export const isShared = (type: string) => SHARED.has(type);

/** A sentence about the widgets that readers do not see, for whoever shares the dashboard; empty without any. */
export function hiddenFromReaders(widgets: readonly Widget[]): string {
  const counts = new Map<string, number>();
  const count = (inside: readonly Widget[]) => {
    for (const { definition } of inside) {
      if (Array.isArray(definition.widgets)) count(definition.widgets);
      else if (!isShared(definition.type) && !HOLDERS.has(definition.type)) {
        const label = WIDGETS[definition.type]?.label ?? definition.type;
        counts.set(label, (counts.get(label) ?? 0) + 1);
      }
    }
  };
  count(widgets);
  if (counts.size === 0) return "";
  const all = [...counts.values()].reduce((sum, one) => sum + one, 0);
  const kinds = [...counts.keys()].sort().join(", ");
  return `Readers do not see ${counted(all, "widget")} of this dashboard: ${kinds}.`;
}
