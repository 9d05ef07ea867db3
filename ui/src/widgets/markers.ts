import type { WidgetMarker } from "./types";

/** A horizontal line or a range on the value axis; `null` bounds are open. */
export interface MarkerShape {
  from: number | null;
  to: number | null;
  severity: "error" | "warning" | "info" | "ok";
  dashed: boolean;
  bold: boolean;
  label: string;
}

/** Reads `y = 0`, `y > 90`, `50 < y < 90`; null when it says nothing about y. */
export function parseMarker(marker: WidgetMarker): MarkerShape | null {
  const [severity = "info", line = "dashed"] = (marker.display_type ?? "info dashed").split(" ");
  const base = {
    severity: (["error", "warning", "ok"].includes(severity) ? severity : "info") as MarkerShape["severity"],
    dashed: line === "dashed",
    bold: line === "bold",
    label: marker.label?.trim() ?? "",
  };
  const number = "(-?\\d+(?:\\.\\d+)?(?:e-?\\d+)?)";
  const text = marker.value.trim();
  const range = new RegExp(`^${number}\\s*<=?\\s*y\\s*<=?\\s*${number}$`, "i").exec(text);
  if (range) return { ...base, from: Number(range[1]), to: Number(range[2]) };
  const single = new RegExp(`^y\\s*(=|>=?|<=?)\\s*${number}$`, "i").exec(text);
  if (!single) return null;
  const value = Number(single[2]);
  if (single[1] === "=") return { ...base, from: value, to: value };
  return single[1]!.startsWith(">") ? { ...base, from: value, to: null } : { ...base, from: null, to: value };
}
