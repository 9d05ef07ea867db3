/** What could stand at a place of a query: the answer depends only on the text before it. */

export type Wanted =
  | { kind: "expression"; word: string; from: number; aggregated: boolean }
  | { kind: "tag"; word: string; from: number; metric: string }
  | { kind: "value"; word: string; from: number; metric: string; key: string }
  | { kind: "group"; word: string; from: number; metric: string }
  | { kind: "modifier"; word: string; from: number };

export const AGGREGATORS = ["avg", "sum", "min", "max", "count", "p50", "p75", "p90", "p95", "p99"];

export const MODIFIERS = [
  "rollup(avg, 60)",
  "as_count()",
  "as_rate()",
  "fill(zero)",
  "fill(last)",
  "weighted()",
];

const NAME = "[A-Za-z0-9_.\\-/@*$]*";

/** Null where nothing can be proposed: inside a string or among a function's numbers. */
export function wantedAt(text: string, position: number): Wanted | null {
  const before = text.slice(0, position);
  const open = before.lastIndexOf("{");
  if (open > before.lastIndexOf("}")) return insideBraces(before, open);
  const modifier = /[)}]\s*\.([a-z_]*)$/.exec(before);
  if (modifier) return { kind: "modifier", word: modifier[1]!, from: position - modifier[1]!.length };
  if ((before.match(/'/g) ?? []).length % 2 === 1) return null;
  const word = /[A-Za-z0-9_.]*$/.exec(before)![0];
  if (/^\d/.test(word)) return null;
  const aggregated = /:$/.test(before.slice(0, position - word.length));
  return { kind: "expression", word, from: position - word.length, aggregated };
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
