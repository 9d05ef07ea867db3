/** Colours of series. Identity is by slot; CSS variables carry the theme's value of each slot. */

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

/** `color-mix` at canvas time: the colour with an alpha between 0 and 1. */
export function withAlpha(color: string, alpha: number): string {
  const hex = /^#([0-9a-f]{6})$/i.exec(color);
  if (!hex) return color;
  return `${color}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, "0")}`;
}
