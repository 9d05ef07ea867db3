/** What "Add widget" offers beside the types: one type with another source each. */
import { WIDGETS } from "~/widgets/register";
import type { WidgetDefinition } from "~/widgets/types";

interface Preset {
  label: string;
  type: string;
  source: string;
  columns: readonly string[];
}

export const PRESETS: Readonly<Record<string, Preset>> = {
  logs: {
    label: "Logs",
    type: "list_stream",
    source: "logs_stream",
    columns: ["status_line", "timestamp", "host", "service", "content"],
  },
  spans: {
    label: "Spans",
    type: "list_stream",
    source: "trace_stream",
    columns: ["timestamp", "service", "resource_name", "@duration", "@http.status_code"],
  },
  events: {
    label: "Events",
    type: "list_stream",
    source: "event_stream",
    columns: ["status_line", "timestamp", "content"],
  },
  patterns: {
    label: "Log patterns",
    type: "list_stream",
    source: "logs_pattern_stream",
    columns: ["status_line", "matches", "message"],
  },
};

/** What a new widget begins as, and its columns and rows. */
export function sampleOf(name: string): { definition: WidgetDefinition; size: readonly [number, number] } {
  const preset = PRESETS[name];
  const { sample, size = [4, 2] } = WIDGETS[preset?.type ?? name]!;
  const definition = structuredClone(sample!);
  if (!preset) return { definition, size };
  const [request] = definition.requests;
  request.query.data_source = preset.source;
  request.columns = preset.columns.map((field) => ({ field, width: field === "content" ? "full" : "auto" }));
  return { definition: { ...definition, title: preset.label }, size: [12, 3] };
}
