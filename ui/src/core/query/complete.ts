/** What could stand at a place of a query: the answer depends only on the text before it. */

export type Wanted =
  | { kind: "expression"; word: string; from: number; aggregated: boolean }
  | { kind: "tag"; word: string; from: number; metric: string }
  | { kind: "value"; word: string; from: number; metric: string; key: string }
  | { kind: "group"; word: string; from: number; metric: string }
  | { kind: "modifier"; word: string; from: number }
  | { kind: "grouping"; word: string; from: number }
  | { kind: "word"; word: string; from: number; of: string; words: readonly string[] };

export const AGGREGATORS = ["avg", "sum", "min", "max", "count", "p50", "p75", "p90", "p95", "p99"];

export const MODIFIERS = [
  "rollup(avg, 60)",
  "as_count()",
  "as_rate()",
  "fill(zero)",
  "fill(last)",
  "weighted()",
];

/** Words that calls take where a metric could not stand; in quotes for functions. */
const WORDS: Record<string, readonly string[]> = {
  anomalies: ["basic", "agile", "robust", "auto", "hourly", "daily", "weekly", "both", "above", "below"],
  forecast: ["linear", "seasonal", "default", "simple", "reactive", "hourly", "daily", "weekly"],
  outliers: ["DBSCAN", "MAD", "scaledDBSCAN", "scaledMAD"],
  top: ["mean", "max", "min", "last", "area", "l2norm", "desc", "asc"],
  ".rollup": ["avg", "sum", "min", "max", "count", "last", "60", "300", "3600"],
  ".fill": ["linear", "last", "zero", "null"],
};

const NAME = "[A-Za-z0-9_.\\-/@*$]*";

/** Null where nothing can be proposed: inside a string or among a function's numbers. */
export function wantedAt(text: string, position: number): Wanted | null {
  const before = text.slice(0, position);
  const open = before.lastIndexOf("{");
  if (open > before.lastIndexOf("}")) return insideBraces(before, open);
  const modifier = /[)}]\s*\.([a-z_]*)$/.exec(before);
  if (modifier) return { kind: "modifier", word: modifier[1]!, from: position - modifier[1]!.length };
  const grouping = /\}\s+([a-z]*)$/i.exec(before);
  if (grouping) return { kind: "grouping", word: grouping[1]!, from: position - grouping[1]!.length };
  const call = callAt(text, position);
  const word = /[A-Za-z0-9_.]*$/.exec(before)![0];
  if (call && (call.quoted || call.name.startsWith("."))) {
    const words = WORDS[call.name];
    return words ? { kind: "word", word, from: position - word.length, of: call.name, words } : null;
  }
  if (/^\d/.test(word)) return null;
  const aggregated = /:$/.test(before.slice(0, position - word.length));
  return { kind: "expression", word, from: position - word.length, aggregated };
}

export interface CallPlace {
  /** `.rollup` for a modifier. */
  name: string;
  /** Which of its arguments, from 0. */
  argument: number;
  /** Whether the place is inside of quotes. */
  quoted: boolean;
}

/** The innermost call around a place of a query. */
export function callAt(text: string, position: number): CallPlace | null {
  const open: CallPlace[] = [];
  let quote = "";
  let braces = 0;
  for (let i = 0; i < position; i++) {
    const char = text[i]!;
    if (quote) quote = char === quote ? "" : quote;
    else if (char === "'" || char === '"') quote = char;
    else if (char === "{") braces++;
    else if (char === "}") braces = Math.max(0, braces - 1);
    else if (braces > 0) continue;
    else if (char === "(") {
      const name = /\.?[A-Za-z_]\w*$/.exec(text.slice(0, i).trimEnd())?.[0] ?? "";
      open.push({ name, argument: 0, quoted: false });
    } else if (char === ")") open.pop();
    else if (char === "," && open.length > 0) open.at(-1)!.argument++;
  }
  const innermost = open.findLast((call) => call.name !== "");
  return innermost ? { ...innermost, quoted: quote !== "" } : null;
}

/** Where the word that begins before a place ends: what a completion replaces. */
export function wordEnd(text: string, position: number): number {
  return position + new RegExp(`^${NAME}`).exec(text.slice(position))![0].length;
}

function insideBraces(before: string, open: number): Wanted | null {
  const head = before.slice(0, open);
  const inner = before.slice(open + 1);
  const grouped = /\}\s*by\s*$/i.exec(head);
  if (grouped) {
    const metric = metricBefore(head.slice(0, head.lastIndexOf("{")));
    const word = new RegExp(`${NAME}$`).exec(inner)![0];
    return metric ? { kind: "group", word, from: before.length - word.length, metric } : null;
  }
  const metric = metricBefore(head);
  if (!metric) return null;
  const pair = new RegExp(`(${NAME}):(${NAME})$`).exec(inner) ?? inList(inner);
  if (pair) {
    const word = pair[2]!;
    return { kind: "value", word, from: before.length - word.length, metric, key: pair[1]! };
  }
  const word = new RegExp(`${NAME}$`).exec(inner)![0];
  return { kind: "tag", word, from: before.length - word.length, metric };
}

/** `env IN (prod, st` completes values of `env`. */
function inList(inner: string): RegExpExecArray | null {
  return new RegExp(`(${NAME})\\s+(?:not\\s+)?in\\s*\\((?:[^)]*,)?\\s*(${NAME})$`, "i").exec(inner);
}

function metricBefore(head: string): string | null {
  return /([A-Za-z][A-Za-z0-9_.]*)\s*$/.exec(head)?.[1] ?? null;
}

/** Names that begin with the word first, then those that hold it, then those that hold its letters in order. */
export function rank(names: readonly string[], word: string, limit = 60): string[] {
  const wanted = word.toLowerCase();
  if (wanted === "") return names.slice(0, limit);
  const scored: [number, string][] = [];
  for (const name of names) {
    const at = name.toLowerCase().indexOf(wanted);
    if (at === 0) scored.push([0, name]);
    else if (at > 0) scored.push([/[._:-]/.test(name[at - 1]!) ? 1 : 2, name]);
    else if (holdsLetters(name.toLowerCase(), wanted)) scored.push([3, name]);
  }
  scored.sort((a, b) => a[0] - b[0] || a[1].length - b[1].length || a[1].localeCompare(b[1]));
  return scored.slice(0, limit).map(([, name]) => name);
}

function holdsLetters(name: string, letters: string): boolean {
  let at = 0;
  for (const letter of letters) {
    at = name.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
