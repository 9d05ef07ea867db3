/** Colors of notes and group headers, by the names that dashboards hold, in terms of the design tokens. */
import type { CSSProperties } from "react";
import { contrast, resolveColor } from "~/core/palette";

const HUES = new Set(["blue", "purple", "pink", "orange", "yellow", "green"]);

/** Background and text color of a name (`blue`, `vivid_blue`, `white`, ...) or of a color written out. */
export function backgroundStyle(name: unknown): CSSProperties {
  const text = typeof name === "string" ? name.trim().toLowerCase() : "";
  if (text === "white") return { background: "var(--surface)" };
  if (text === "transparent") return { background: "transparent" };
  if (text === "gray" || text === "grey") return { background: "var(--tint-gray)" };
  const [, vivid, hue] = /^(vivid_)?([a-z]+)$/.exec(text) ?? [];
  if (hue && HUES.has(hue)) {
    return vivid
      ? { background: `var(--vivid-${hue})`, color: `var(--on-vivid${hue === "yellow" ? "-yellow" : ""})` }
      : { background: `var(--tint-${hue})`, color: "var(--text)" };
  }
  if (hue === "red") return { background: "var(--tint-pink)", color: "var(--text)" };
  return /^#([0-9a-f]{3}|[0-9a-f]{6})$/.test(text) ? { background: text, color: inkOn(text) } : {};
}

/** Of the two inks the one that stands out more. */
export function inkOn(color: string): string {
  const [light, dark] = [resolveColor("--on-vivid"), resolveColor("--on-vivid-yellow")];
  return contrast(color, light) >= contrast(color, dark) ? "var(--on-vivid)" : "var(--on-vivid-yellow)";
}
