/** Which legend a graph has: what its author chose, as far as there is room. Pure. */
import type { Frame } from "./frame";
import type { LegendColumn, LegendKind } from "./timeseries/legend";
import type { WidgetDefinition } from "./types";

/** `auto` has none below 3 rows, chips at 3, a table from 4 rows and 6 columns; a closed legend has none anywhere. */
export function legendKind(definition: WidgetDefinition, frame: Frame): LegendKind {
  const size = String(definition.legend_size ?? "");
  if (definition.show_legend !== true || (size === "0" && definition.legend_layout === undefined))
    return "none";
  if (definition.legend_layout === "vertical") return frame.rows < 2 ? "none" : "expanded";
  if (definition.legend_layout === "horizontal") return frame.rows < 2 ? "none" : "compact";
  if (frame.rows < 3) return "none";
  return frame.rows >= 4 && frame.columns >= 6 ? "expanded" : "compact";
}

const NAMES: Record<string, LegendColumn> = { value: "last", avg: "avg", sum: "sum", min: "min", max: "max" };

/** The columns that the author chose; where the graph is narrow, as many as leave room for the names. */
export function legendColumns(
  definition: WidgetDefinition,
  frame: Frame,
): readonly LegendColumn[] | undefined {
  const named = (definition.legend_columns ?? []).flatMap((name) => NAMES[name] ?? []);
  const columns: LegendColumn[] = named.length > 0 ? named : ["avg", "min", "max", "last", "sum"];
  const room = Math.max(1, Math.floor(frame.columns - 2));
  if (columns.length <= room) return columns;
  const wanted: LegendColumn[] = ["last", "avg", "max", "min", "sum"];
  return wanted.filter((name) => columns.includes(name)).slice(0, room);
}
