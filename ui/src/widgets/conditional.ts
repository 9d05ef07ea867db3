import type { ConditionalFormat } from "./types";

const COMPARE: Record<ConditionalFormat["comparator"], (value: number, limit: number) => boolean> = {
  ">": (value, limit) => value > limit,
  ">=": (value, limit) => value >= limit,
  "<": (value, limit) => value < limit,
  "<=": (value, limit) => value <= limit,
  "=": (value, limit) => value === limit,
  "!=": (value, limit) => value !== limit,
};

export interface CellStyle {
  color?: string;
  background?: string;
}

const FILL: Record<string, string> = { green: "ok", yellow: "warn", red: "alert", gray: "nodata" };

/** Colors of the first rule that holds, in terms of the design tokens. */
export function conditionalStyle(
  value: number | null,
  rules: readonly ConditionalFormat[] | undefined,
): CellStyle {
  if (value === null || !rules) return {};
  const rule = rules.find((candidate) => COMPARE[candidate.comparator]?.(value, Number(candidate.value)));
  return rule ? paletteStyle(rule) : {};
}

function paletteStyle(rule: ConditionalFormat): CellStyle {
  if (rule.palette === "custom_bg") {
    return {
      background: rule.custom_bg_color ?? "var(--surface-3)",
      color: rule.custom_fg_color ?? "var(--text)",
    };
  }
  if (rule.palette === "custom_text") return { color: rule.custom_fg_color ?? "var(--text)" };
  const [front, back] = rule.palette.split("_on_");
  if (back === "yellow" && front === "white") {
    // White does not stand out on yellow: the token's dark ink does.
    return { background: "var(--warn-fill)", color: "var(--nav-bg)" };
  }
  if (front === "white" && back && FILL[back]) {
    return { background: `var(--${FILL[back]})`, color: "var(--surface)" };
  }
  if (front === "black" && back?.startsWith("light_")) {
    return { background: `var(--${FILL[back.slice(6)] ?? "nodata"}-soft)`, color: "var(--text)" };
  }
  if (front && back === "white" && FILL[front]) return { color: `var(--${FILL[front]})` };
  return {};
}
