/** Tokens of the metrics query language, for colors and for completion; tolerant of half-typed text. */

export type TokenKind =
  | "function"
  | "aggregator"
  | "metric"
  | "key"
  | "value"
  | "keyword"
  | "number"
  | "string"
  | "punctuation";

export interface Token {
  kind: TokenKind;
  from: number;
  to: number;
}

const AGGREGATOR = /^(avg|sum|min|max|count|last|stddev|p\d+(\.\d+)?)$/;
const WORD = /[A-Za-z0-9_.\-/@*$]/;
const BOOLEAN = /^(and|or|not|in)$/i;

/** `avg:system.cpu.user{env:prod} by {host}.rollup(max, 60)` in pieces. White space has no token. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let braces = 0;
  let afterBy = false;
  for (let at = 0; at < text.length; ) {
    const char = text[at]!;
    const start = at;
    if (/\s/.test(char)) {
      at++;
      continue;
    }
    if (char === "'" || char === '"') {
      at = endOfString(text, at);
      tokens.push({ kind: "string", from: start, to: at });
      continue;
    }
    if (!WORD.test(char) || (braces === 0 && (char === "*" || char === "/" || char === "-"))) {
      if (char === "{") braces++;
      if (char === "}") {
        braces = Math.max(0, braces - 1);
        afterBy = false;
      }
      at++;
      tokens.push({ kind: "punctuation", from: start, to: at });
      continue;
    }
    while (at < text.length && WORD.test(text[at]!) && !(braces === 0 && /[*/]/.test(text[at]!))) at++;
    const word = text.slice(start, at);
    const next = text.slice(at).trimStart()[0];
    const kind = braces > 0 ? insideBraces(text, word, start, next, afterBy) : outside(word, next);
    if (kind === "keyword" && /^by$/i.test(word)) afterBy = true;
    tokens.push({ kind, from: start, to: at });
  }
  return tokens;
}

function endOfString(text: string, start: number): number {
  const end = text.indexOf(text[start]!, start + 1);
  return end < 0 ? text.length : end + 1;
}

function outside(word: string, next: string | undefined): TokenKind {
  if (/^\.?\d/.test(word)) return "number";
  if (/^by$/i.test(word) && next === "{") return "keyword";
  if (next === "(") return "function";
  if (next === ":" && AGGREGATOR.test(word)) return "aggregator";
  return "metric";
}

function insideBraces(
  text: string,
  word: string,
  start: number,
  next: string | undefined,
  afterBy: boolean,
): TokenKind {
  if (BOOLEAN.test(word)) return "keyword";
  if (afterBy) return "key";
  if (text[start - 1] === ":") return "value";
  return next === ":" || /^\s*(not\s+)?in\b/i.test(text.slice(start + word.length)) ? "key" : "value";
}
