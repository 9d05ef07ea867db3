/** Colors of the series of one request under a palette name as dashboards hold it. Pure but for `consistentSlot`. */
import { type SeriesStyle, SLOTS, slotStyle } from "./palette";

export interface Colored {
  /** The tags that tell it from the others; its name where there are none. */
  tags: readonly string[];
  name: string;
}

const RAMP_STEPS = 8;
const RAMPS: Record<string, string> = {
  warm: "warm",
  cool: "cool",
  blue: "blue",
  hostmap_blues: "blue",
  purple: "purple",
  orange: "orange",
  YlOrRd: "warm",
  red: "red",
  green: "green",
  yellow_to_green: "cool",
  green_to_orange: "warm",
  gray: "gray",
  grey: "gray",
};
const CONSISTENT = new Set(["datadog16", "dd20"]);
const DASHES = [undefined, [6, 4], [2, 3]];

/** One style a series, in their order. */
export function seriesStyles(
  palette: string | undefined,
  series: readonly Colored[],
  first = 0,
): SeriesStyle[] {
  const name = palette ?? "";
  if (name === "semantic") return semantic(series);
  if (CONSISTENT.has(name)) return series.map((one) => slotStyle(consistentSlot(identity(one))));
  const ramp = RAMPS[name];
  if (ramp) return series.map((_, i) => rampStyle(ramp, i, series.length));
  return series.map((_, i) => slotStyle(first + i));
}

/** The color that `palette_index` picks. */
export function pickedStyle(palette: string | undefined, index: number): SeriesStyle {
  const ramp = RAMPS[palette ?? ""];
  return ramp ? rampStyle(ramp, index, RAMP_STEPS) : slotStyle(index);
}

/** Steps of a ramp spread over the series; beyond its steps it begins again, dashed. */
function rampStyle(ramp: string, index: number, count: number): SeriesStyle {
  const within = index % RAMP_STEPS;
  const spread = count <= 1 ? 2 : Math.round((within * (RAMP_STEPS - 1)) / (Math.min(count, RAMP_STEPS) - 1));
  return {
    color: `--ramp-${ramp}-${Math.min(RAMP_STEPS, spread + 1)}`,
    dash: DASHES[Math.floor(index / RAMP_STEPS) % DASHES.length],
  };
}

const MEANINGS: [RegExp, string][] = [
  [/^(error|err|critical|crit|alert|emergency|emerg|fatal|fail(ed|ure)?|down|5\d\d|5xx|false)$/, "--alert"],
  [/^(warn(ing)?|4\d\d|4xx|degraded)$/, "--warn-fill"],
  [/^(ok|success(ful)?|pass(ed)?|up|healthy|2\d\d|2xx|true)$/, "--ok"],
  [/^(info|notice|3\d\d|3xx)$/, "--info"],
  [/^(debug|trace|1\d\d|1xx|skip(ped)?|unknown|no ?data)$/, "--nodata"],
];

/** By what the value of the one group key means; several keys, or values without a meaning, are consistent. */
function semantic(series: readonly Colored[]): SeriesStyle[] {
  return series.map((one) => {
    const value = one.tags.length === 1 ? tagValue(one.tags[0]!).toLowerCase() : "";
    const meaning = MEANINGS.find(([pattern]) => pattern.test(value));
    return meaning ? { color: meaning[1] } : slotStyle(consistentSlot(identity(one)));
  });
}

const tagValue = (tag: string) => tag.slice(tag.indexOf(":") + 1);
const identity = ({ tags, name }: Colored) => (tags.length > 0 ? tags.map(tagValue).join(",") : name);

const MOST_REMEMBERED = 5000;
const remembered = new Map<string, number>();

/** A slot for a tag value that is the same in all widgets of the page; values met later step aside. */
export function consistentSlot(name: string): number {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  const taken = new Set([...remembered.values()].map((slot) => slot % (SLOTS + 4)));
  let slot = hash(name) % SLOTS;
  for (let tries = 0; taken.has(slot) && tries < SLOTS + 4; tries++) slot = (slot + 1) % (SLOTS + 4);
  remembered.set(name, slot);
  return slot;
}

function hash(text: string): number {
  let value = 2166136261;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 16777619);
  return value >>> 0;
}
