/**
 * Numbers as people read them. Units are the field's names (`byte`, `millisecond`, `percent`, ...); sizes in
 * bytes scale by 1024, durations to the nearest time unit, everything else by 1000.
 */

export interface Unit {
  name: string;
  family?: string;
  short_name?: string | null;
  scale_factor?: number;
  /** A word that somebody wrote, and numbers as they are: never scaled. */
  custom?: boolean;
  /** Name of the one unit of the family to write in (`mebibyte`), where a dashboard fixes it. */
  scale?: string;
}

/** A unit and what it is counted per (`byte` per `second`), as the API's two-element arrays. */
export type UnitPair = readonly [Unit | null | undefined, (Unit | null | undefined)?];

interface Scale {
  factor: number;
  symbol: string;
}

const TIME: Scale[] = [
  { factor: 1e-9, symbol: "ns" },
  { factor: 1e-6, symbol: "µs" },
  { factor: 1e-3, symbol: "ms" },
  { factor: 1, symbol: "s" },
  { factor: 60, symbol: "min" },
  { factor: 3600, symbol: "h" },
  { factor: 86400, symbol: "d" },
];
const BINARY: Scale[] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].map((prefix, power) => ({
  factor: 1024 ** power,
  symbol: prefix,
}));
const DECIMAL: Scale[] = ["", "k", "M", "G", "T", "P", "E"].map((prefix, power) => ({
  factor: 1000 ** power,
  symbol: prefix,
}));

const SECONDS: Record<string, number> = {
  nanosecond: 1e-9,
  microsecond: 1e-6,
  millisecond: 1e-3,
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86400,
  week: 604800,
};
const BYTES: Record<string, number> = {
  byte: 1,
  kibibyte: 1024,
  mebibyte: 1024 ** 2,
  gibibyte: 1024 ** 3,
  tebibyte: 1024 ** 4,
  kilobyte: 1e3,
  megabyte: 1e6,
  gigabyte: 1e9,
  terabyte: 1e12,
};
const BITS: Record<string, number> = { bit: 1, kilobit: 1e3, megabit: 1e6, gigabit: 1e9 };
/** Units that take metric prefixes, small ones too: 5.1 GHz, 400 mcores. */
const PREFIXED: Scale[] = [
  { factor: 1e-9, symbol: "n" },
  { factor: 1e-6, symbol: "µ" },
  { factor: 1e-3, symbol: "m" },
  ...DECIMAL,
];
const METRIC: Record<string, readonly [base: number, word: string]> = {
  hertz: [1, "Hz"],
  kilohertz: [1e3, "Hz"],
  megahertz: [1e6, "Hz"],
  gigahertz: [1e9, "Hz"],
  nanocore: [1e-9, "cores"],
  microcore: [1e-6, "cores"],
  millicore: [1e-3, "cores"],
  core: [1, "cores"],
  kilocore: [1e3, "cores"],
  megacore: [1e6, "cores"],
  milliwatt: [1e-3, "W"],
  watt: [1, "W"],
  kilowatt: [1e3, "W"],
  millivolt: [1e-3, "V"],
  volt: [1, "V"],
  milliampere: [1e-3, "A"],
  ampere: [1, "A"],
};
const SHORT: Record<string, string> = {
  request: "req",
  operation: "op",
  connection: "conn",
  packet: "pkt",
  "degree celsius": "°C",
  "degree fahrenheit": "°F",
  dollar: "$",
};

/** A way to write numbers of one unit: base factor, the scales it moves through, and the word after. */
interface Style {
  base: number;
  scales: Scale[];
  word: string;
  glued: boolean;
}

/** `byte_in_decimal_bytes_family` counts by thousands, `..._in_binary_bytes_family` by 1024. */
function styleOf(given: string): Style {
  const [, name = given, family] = /^(\w+?)_in_(decimal|binary)_(?:bytes|bits)_family$/.exec(given) ?? [];
  if (family === "decimal" && name in BYTES) {
    return { base: BYTES[name]!, scales: DECIMAL, word: "B", glued: false };
  }
  if (name in SECONDS) return { base: SECONDS[name]!, scales: TIME, word: "", glued: false };
  if (name in BYTES) return { base: BYTES[name]!, scales: BINARY, word: "B", glued: false };
  if (name in BITS) return { base: BITS[name]!, scales: DECIMAL, word: "bit", glued: false };
  const metric = METRIC[name];
  if (metric) return { base: metric[0], scales: PREFIXED, word: metric[1], glued: false };
  if (name === "percent") return { base: 1, scales: [DECIMAL[0]!], word: "%", glued: false };
  if (name === "fraction") return { base: 100, scales: [DECIMAL[0]!], word: "%", glued: false };
  return { base: 1, scales: DECIMAL, word: SHORT[name] ?? name, glued: true };
}

/** The scale that writes in a unit of the same family; null where it belongs to another. */
function scaleNamed(name: string, style: Style): Scale | null {
  const target = styleOf(name);
  if (target.word !== style.word) return null;
  const all = style.scales === TIME ? TIME : style.scales === PREFIXED ? PREFIXED : [...BINARY, ...DECIMAL];
  return all.find((scale) => Math.abs(scale.factor / target.base - 1) < 1e-9) ?? null;
}

const PER: Record<string, string> = { second: "s", minute: "min", hour: "h", day: "d", millisecond: "ms" };

export interface Formatted {
  number: string;
  unit: string;
}

/** Writes numbers of one unit; `pick` once, then `format` all ticks of an axis with the same scale. */
export class NumberFormat {
  private readonly style: Style;
  private readonly per: string;

  private readonly fixed: Scale | null;

  constructor(unit?: UnitPair | null) {
    const name = unit?.[0]?.name ?? "";
    this.style = unit?.[0]?.custom
      ? { base: 1, scales: [DECIMAL[0]!], word: name, glued: false }
      : styleOf(name);
    this.fixed = unit?.[0]?.scale ? scaleNamed(unit[0].scale, this.style) : null;
    const per = unit?.[1]?.name;
    this.per = per ? `/${PER[per] ?? per}` : "";
  }

  get binary(): boolean {
    return this.style.scales === BINARY;
  }

  /** Seconds of one unit; null for what is no length of time. */
  get seconds(): number | null {
    return this.style.scales === TIME ? this.style.base : null;
  }

  /** The scale in which a value of this size is read best. */
  private pick(value: number): Scale {
    if (this.fixed) return this.fixed;
    const size = Math.abs(value) * this.style.base;
    let best = this.style.scales[0]!;
    if (this.style.scales === TIME && size === 0)
      return { factor: this.style.base, symbol: timeSymbol(this.style.base) };
    if (this.style.scales === PREFIXED && size === 0) return DECIMAL[0]!;
    for (const scale of this.style.scales) if (size >= scale.factor) best = scale;
    return best;
  }

  /** `digits` significant digits, with the unit apart, for large figures. */
  parts(value: number | null | undefined, digits = 3): Formatted {
    if (value === null || value === undefined || Number.isNaN(value)) return { number: "–", unit: "" };
    if (!Number.isFinite(value)) return { number: value > 0 ? "∞" : "−∞", unit: this.unitText("") };
    const scale = this.pick(value);
    const scaled = (value * this.style.base) / scale.factor;
    return { number: writeNumber(scaled, digits), unit: this.unitText(scale.symbol) };
  }

  /** As {@link parts}, with so many decimals of the scaled number in place of significant digits. */
  partsFixed(value: number, decimals: number): Formatted {
    if (!Number.isFinite(value)) return this.parts(value);
    const scale = this.pick(value);
    const scaled = (value * this.style.base) / scale.factor;
    const size = Math.abs(scaled);
    if (size !== 0 && (size >= 1e21 || size < 10 ** -decimals / 2))
      return { number: writeNumber(scaled, 3), unit: this.unitText(scale.symbol) };
    const text = scaled.toFixed(decimals);
    return { number: sign(size >= 1000 ? groupThousands(text) : text), unit: this.unitText(scale.symbol) };
  }

  format(value: number | null | undefined, digits = 3): string {
    const { number, unit } = this.parts(value, digits);
    return join(number, unit);
  }

  /** Ticks of one axis, all in the scale of the largest, with as many decimals as their distance needs. */
  ticks(values: readonly number[]): string[] {
    const largest = Math.max(...values.map(Math.abs), 0);
    const scale = this.pick(largest);
    const scaled = values.map((value) => (value * this.style.base) / scale.factor);
    const step = scaled.length > 1 ? Math.abs(scaled[1]! - scaled[0]!) : Math.abs(scaled[0] ?? 1);
    const decimals = step > 0 ? Math.max(0, Math.min(9, -Math.floor(Math.log10(step) + 1e-9))) : 0;
    const exact = scaled.every((value) => Math.abs(value - round(value, decimals)) < step / 100);
    const shown = exact ? decimals : decimals + 1;
    const word = this.style.glued ? scale.symbol : this.unitText(scale.symbol);
    // `500` below `1k`, not `0.5k`.
    if (this.style.glued && scaled.some((value) => value !== 0 && Math.abs(value) < 1))
      return values.map((value) => this.ownTick(value));
    return scaled.map((value) => {
      const text = sign(trimZeros(value.toFixed(shown)));
      if (value === 0 && this.style.glued) return "0";
      return this.style.glued ? `${text}${word}` : join(text, word);
    });
  }

  private ownTick(value: number): string {
    const scale = this.pick(value);
    return `${writeNumber((value * this.style.base) / scale.factor)}${scale.symbol}`;
  }

  private unitText(symbol: string): string {
    const { word, glued } = this.style;
    if (!glued) return `${symbol}${word}${this.per}`;
    const name = word === "" ? "" : ` ${word}`;
    return `${symbol}${name}${this.per}`.trimStart();
  }
}

/** The unit of an axis for several series; none where they differ, since numbers of one would be read as the other. */
export function commonUnit(series: readonly { unit?: UnitPair | null }[]): UnitPair | null {
  const units = series.flatMap(({ unit }) => (unit?.[0] ? [unit] : []));
  const names = new Set(units.map(([unit, per]) => `${unit?.name}/${per?.name ?? ""}`));
  return names.size === 1 && units.length === series.length ? units[0]! : null;
}

function timeSymbol(base: number): string {
  return TIME.find((scale) => scale.factor === base)?.symbol ?? "s";
}

/** Number and unit with a thin space between; a bare `k` or `/s` stands close. */
function join(number: string, unit: string): string {
  if (unit === "") return number;
  return /^[kMGTPE]?(\/|$|\s)/.test(unit) && !unit.startsWith(" ")
    ? `${number}${unit}`
    : `${number}\u2009${unit}`;
}

/** Below it, zeros would be counted instead of read. */
const TINY = 1e-4;

/** `2.91e−7` */
function exponential(value: number, digits: number): string {
  const [number, power] = value.toExponential(digits - 1).split("e");
  return sign(`${trimZeros(number!)}e${sign(power!.replace("+", ""))}`);
}

export function writeNumber(value: number, digits = 3): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1e21 || size < TINY) return exponential(value, digits);
  const decimals = Math.max(0, Math.min(12, digits - 1 - Math.floor(Math.log10(size))));
  const text = trimZeros(value.toFixed(decimals));
  return sign(size >= 1000 ? groupThousands(text) : text);
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function groupThousands(text: string): string {
  const [whole, part] = text.split(".");
  const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, ",");
  return part ? `${grouped}.${part}` : grouped;
}

function round(value: number, decimals: number): number {
  const factor = 10 ** decimals;
  return Math.round(value * factor) / factor;
}

function sign(text: string): string {
  if (/^-0(\.0*)?$/.test(text)) return text.slice(1);
  return text.replace(/^-/, "\u2212");
}

export function formatValue(value: number | null | undefined, unit?: UnitPair | null): string {
  return new NumberFormat(unit).format(value);
}

/** A length of time in words for people: `1.24 s`, `3 min 20 s`, `2 d 4 h`. */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return new NumberFormat([{ name: "second" }]).format(seconds);
  const parts: [number, string][] = [
    [86400, "d"],
    [3600, "h"],
    [60, "min"],
    [1, "s"],
  ];
  const words: string[] = [];
  let rest = Math.round(seconds);
  for (const [size, word] of parts) {
    const count = Math.floor(rest / size);
    if (count > 0) words.push(`${count}\u2009${word}`);
    rest -= count * size;
  }
  return words.slice(0, 2).join(" ");
}
