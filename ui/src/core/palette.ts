/** Colors of series. Identity is by slot; CSS variables carry the theme's value of each slot. */

export const SLOTS = 12;

export interface SeriesStyle {
  /** Name of the CSS variable, for DOM; charts resolve it with `resolveColor`. */
  color: string;
  /** Second and third round of the palette differ by dashes, so that no two series look alike. */
  dash?: number[];
}

const DASHES: (number[] | undefined)[] = [undefined, [6, 4], [2, 3]];

export function slotStyle(index: number): SeriesStyle {
  const dash = DASHES[Math.floor(index / SLOTS) % DASHES.length];
  return { color: `--c${(index % SLOTS) + 1}`, dash };
}

const NAMED: Record<string, string[]> = {
  classic: [1, 2, 3, 4, 5, 6].map((slot) => `--c${slot}`),
  semantic: ["--ok", "--warn-fill", "--alert", "--nodata"],
  warm: ["--heat-3", "--heat-4", "--heat-5", "--heat-6"],
  cool: ["--seq-3", "--seq-4", "--seq-5", "--seq-6"],
  blue: ["--seq-4", "--seq-5", "--seq-6", "--seq-3"],
  orange: ["--heat-4", "--heat-3", "--heat-5"],
  red: ["--alert"],
  green: ["--c9", "--c6", "--ok"],
  purple: ["--c5", "--c10", "--c12"],
  gray: ["--band", "--text-3"],
  grey: ["--band", "--text-3"],
};

/** Style of the `index`-th series under a palette name as dashboards store it (`dog_classic`, `warm`, ...). */
export function paletteStyle(name: string | undefined, index: number): SeriesStyle {
  const colors = NAMED[(name ?? "").replace(/^dog_/, "")];
  if (!colors) return slotStyle(index);
  const dash = DASHES[Math.floor(index / colors.length) % DASHES.length];
  return { color: colors[index % colors.length]!, dash };
}

/** A slot for a name that stays the same wherever the name appears; collisions move to the next free slot. */
export function consistentSlots(names: readonly string[]): Map<string, number> {
  const slots = new Map<string, number>();
  const taken = new Set<number>();
  for (const name of [...new Set(names)].sort()) {
    let slot = hash(name) % SLOTS;
    for (let tries = 0; taken.has(slot) && tries < SLOTS; tries++) slot = (slot + 1) % SLOTS;
    taken.add(slot);
    if (taken.size === SLOTS) taken.clear();
    slots.set(name, slot);
  }
  return slots;
}

function hash(text: string): number {
  let value = 2166136261;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 16777619);
  return value >>> 0;
}

/** Position on a ramp of seven steps (`seq` or `heat`) for a share between 0 and 1. */
export function rampVariable(ramp: "seq" | "heat", share: number): string {
  const step = Math.max(0, Math.min(6, Math.floor(share * 7)));
  return `--${ramp}-${step + 1}`;
}

export function resolveColor(variable: string, element: Element = document.documentElement): string {
  if (!variable.startsWith("--")) return variable;
  return getComputedStyle(element).getPropertyValue(variable).trim();
}

/** Of two colors of text, that which stands out more from what is behind it: `#rrggbb` or, as minifiers write, `#rgb`. */
export function readable(behind: string, one: string, other: string): string {
  return contrast(behind, one) >= contrast(behind, other) ? one : other;
}

/** As WCAG 2 counts it: 1 to 21. */
export function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light! + 0.05) / (dark! + 0.05);
}

/** `#rrggbb`, also where a stylesheet was made shorter. */
export function longHex(color: string): string {
  return color.length === 4 ? `#${[...color.slice(1)].map((one) => one + one).join("")}` : color;
}

function luminance(color: string): number {
  const digits = longHex(color).slice(1);
  const channel = (at: number) => {
    const share = Number.parseInt(digits.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4);
}

/** `color-mix` at canvas time: the color with an alpha between 0 and 1. */
export function withAlpha(color: string, alpha: number): string {
  const long = longHex(color);
  if (!/^#[0-9a-f]{6}$/i.test(long)) return color;
  return `${long}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, "0")}`;
}
