/** Colors by rules: the first one that holds, always with an ink that can be read on its background. */
import { inkOn } from "./backgrounds";
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

const FILL: Record<string, string> = {
  green: "ok",
  yellow: "warn",
  red: "alert",
  gray: "nodata",
  grey: "nodata",
  blue: "info",
  orange: "warn",
};

/** The first rule that holds for a value in its base unit. */
export function ruleFor(
  value: number | null,
  rules: readonly ConditionalFormat[] | undefined,
): ConditionalFormat | undefined {
  if (value === null || !rules) return undefined;
  return rules.find((candidate) => COMPARE[candidate.comparator]?.(value, Number(candidate.value)));
}

/** Colors of the first rule that holds, in terms of the design tokens. */
export function conditionalStyle(
  value: number | null,
  rules: readonly ConditionalFormat[] | undefined,
): CellStyle {
  const rule = ruleFor(value, rules);
  return rule ? paletteStyle(rule) : {};
}

/** Colors of a rule of numbers or of texts. */
export function paletteStyle(
  rule: Pick<ConditionalFormat, "palette" | "custom_bg_color" | "custom_fg_color">,
): CellStyle {
  const palette = rule.palette ?? "";
  if (palette === "custom_bg") {
    const background = rule.custom_bg_color ?? "var(--surface-3)";
    const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(background);
    return { background, color: rule.custom_fg_color ?? (hex ? inkOn(background) : "var(--text)") };
  }
  if (palette === "custom_text") return { color: rule.custom_fg_color ?? "var(--text)" };
  const [front, back] = palette.split("_on_");
  if (back === "yellow" && front === "white") {
    // White does not stand out on yellow: the token's dark ink does.
    return { background: "var(--warn-fill)", color: "var(--on-vivid-yellow)" };
  }
  if (front === "white" && back && FILL[back]) {
    return { background: `var(--${FILL[back]})`, color: "var(--surface)" };
  }
  if (front === "black" && back?.startsWith("light_")) {
    return { background: `var(--${FILL[back.slice(6)] ?? "nodata"}-soft)`, color: "var(--text)" };
  }
  if (front && (back === "white" || back === undefined) && FILL[front]) {
    return { color: `var(--${FILL[front]})` };
  }
  return {};
}

/** The rule's color as a bar behind text of the theme: pale enough for either ink. */
export function barColor(style: CellStyle): string | undefined {
  const color = style.background ?? style.color;
  return color && `color-mix(in srgb, ${color} 38%, var(--surface))`;
}
