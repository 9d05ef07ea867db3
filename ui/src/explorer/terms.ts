/** Editing the text of a search by clicks: adding, excluding and removing terms. Pure. */

export interface Term {
  /** As in the search: `service`, `@http.method`, a tag's key. */
  field: string;
  value: string;
  excluded?: boolean;
}

const SPECIAL = /[+\-=&|><!(){}[\]^"“”~*?:\\/#\s$,]/;

/** A value as the search language writes it: quoted where it holds anything special. */
export function writeValue(value: string): string {
  if (value !== "" && !SPECIAL.test(value) && !/^(AND|OR|NOT|TO)$/.test(value)) return value;
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

export function writeTerm({ field, value, excluded }: Term): string {
  const name = /\s/.test(field) ? `"${field.replaceAll('"', '\\"')}"` : field;
  return `${excluded ? "-" : ""}${name}:${writeValue(value)}`;
}

/** The parts of a search that are joined by blanks, outside of quotation marks and parentheses. */
export function partsOf(query: string): string[] {
  const parts: string[] = [];
  let part = "";
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < query.length; at += 1) {
    const char = query[at]!;
    if (char === "\\") {
      part += char + (query[at + 1] ?? "");
      at += 1;
      continue;
    }
    if (char === '"') quoted = !quoted;
    if (!quoted && "([{".includes(char)) depth += 1;
    if (!quoted && ")]}".includes(char)) depth -= 1;
    if (/\s/.test(char) && !quoted && depth <= 0) {
      if (part) parts.push(part);
      part = "";
    } else {
      part += char;
    }
  }
  if (part) parts.push(part);
  return parts;
}

/** Alternatives cannot be extended by a term without parentheses around them. */
function isAlternative(query: string): boolean {
  return partsOf(query).some((part) => part === "OR" || part === "||");
}

const nameOf = (field: string) => writeTerm({ field, value: "x" }).slice(0, -2);

/** The values of `field` that the search asks for, and those that it excludes, in its top-level terms. */
export function valuesOf(query: string, field: string): { included: string[]; excluded: string[] } {
  const found = { included: [] as string[], excluded: [] as string[] };
  if (isAlternative(query)) return found;
  for (const part of partsOf(query)) {
    const excluded = part.startsWith("-") || part.startsWith("!");
    const term = excluded ? part.slice(1) : part;
    if (!term.startsWith(`${nameOf(field)}:`)) continue;
    const value = term.slice(nameOf(field).length + 1);
    const values = value.startsWith("(")
      ? partsOf(value.slice(1, -1)).filter((one) => one !== "OR")
      : [value];
    (excluded ? found.excluded : found.included).push(...values.map(readValue));
  }
  return found;
}

function readValue(text: string): string {
  const inner = /^"([\s\S]*)"$/.exec(text)?.[1] ?? text;
  return inner.replace(/\\([\s\S])/g, "$1");
}

/** The search without its top-level terms of `field`. */
export function withoutField(query: string, field: string): string {
  if (isAlternative(query)) return query;
  const start = `${nameOf(field)}:`;
  return partsOf(query)
    .filter((part) => !part.replace(/^[-!]/, "").startsWith(start))
    .join(" ");
}

/** The search with exactly `values` of a field included and `excluded` excluded. */
export function withValues(
  query: string,
  field: string,
  values: readonly string[],
  excluded: readonly string[] = [],
): string {
  const rest = isAlternative(query) ? `(${query.trim()})` : withoutField(query, field);
  const terms: string[] = [];
  if (values.length === 1) terms.push(writeTerm({ field, value: values[0]! }));
  if (values.length > 1) terms.push(`${nameOf(field)}:(${values.map(writeValue).join(" OR ")})`);
  for (const value of excluded) terms.push(writeTerm({ field, value, excluded: true }));
  return [rest, ...terms].filter((one) => one && one !== "*").join(" ");
}

/** The search with a term added; a term that says the opposite is taken out, one that is there stays alone. */
export function withTerm(query: string, term: Term): string {
  const { included, excluded } = valuesOf(query, term.field);
  if (term.excluded) {
    const left = included.filter((value) => value !== term.value);
    return withValues(query, term.field, left, [...new Set([...excluded, term.value])]);
  }
  return withValues(
    query,
    term.field,
    [term.value],
    excluded.filter((value) => value !== term.value),
  );
}

/** The search with free text or any other condition added. */
export function withText(query: string, text: string): string {
  const rest = isAlternative(query) ? `(${query.trim()})` : query.trim();
  return [rest === "*" ? "" : rest, text].filter(Boolean).join(" ");
}

export interface Completing {
  /** The characters that a choice replaces. */
  from: number;
  to: number;
  /** What is written of it so far. */
  text: string;
  /** The field whose value is written; undefined while a field is. */
  field?: string;
}

/** What is being written at `place`: a field's name or, behind its colon, a value. */
export function completingAt(query: string, place: number): Completing {
  let start = place;
  let quoted = false;
  for (let at = 0; at < place; at += 1) if (query[at] === '"' && query[at - 1] !== "\\") quoted = !quoted;
  const stop = quoted ? /"/ : /[\s()]/;
  while (start > 0 && !stop.test(query[start - 1]!)) start -= 1;
  if (quoted && query[start - 2] === ":") {
    const field = /([@\w.$/-]+):$/.exec(query.slice(0, start - 1))?.[1];
    if (field) return { from: start - 1, to: place, text: query.slice(start, place), field: bare(field) };
  }
  const word = query.slice(start, place);
  const colon = /^[-!]?((?:[^:\\]|\\.)+):/.exec(word);
  if (colon) {
    const from = start + colon[0].length;
    return { from, to: place, text: query.slice(from, place), field: colon[1]! };
  }
  const group = /([@\w.$/-]+):\([^()]*$/.exec(query.slice(0, start));
  if (group) return { from: start, to: place, text: word, field: bare(group[1]!) };
  const sign = /^[-!]/.test(word) ? 1 : 0;
  return { from: start + sign, to: place, text: word.slice(sign) };
}

const bare = (field: string) => field.replace(/^[-!]/, "");
