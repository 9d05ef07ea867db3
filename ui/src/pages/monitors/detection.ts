/** `anomalies(...)`, `outliers(...)` and `forecast(...)` around a query, taken apart for the form. */

export interface Detection {
  /** `anomalies`, `outliers` or `forecast`. */
  name: string;
  query: string;
  algorithm: string;
  /** Deviations of the band, or how far a series may be from the others. */
  tolerance: string;
  /** `direction='above'`, `seasonality='daily'`, ... */
  keywords: Record<string, string>;
}

export const ALGORITHMS: Record<string, string[]> = {
  anomalies: ["basic", "agile", "robust", "auto"],
  outliers: ["DBSCAN", "MAD", "scaledDBSCAN", "scaledMAD"],
  forecast: ["linear", "seasonal"],
};

export function readDetection(text: string): Detection | null {
  const found = /^\s*(anomalies|outliers|forecast)\(([\s\S]*)\)\s*$/.exec(text);
  if (!found) return null;
  const parts = argumentsOf(found[2]!);
  if (!parts || parts.length < 2) return null;
  const keywords: Record<string, string> = {};
  const plain: string[] = [];
  for (const part of parts.slice(1)) {
    const pair = /^(\w+)\s*=\s*(.+)$/.exec(part);
    if (pair) keywords[pair[1]!] = unquoted(pair[2]!);
    else plain.push(unquoted(part));
  }
  const [algorithm = "", tolerance = ""] = plain;
  if (plain.length > 2 || !algorithm) return null;
  return { name: found[1]!, query: parts[0]!, algorithm, tolerance, keywords };
}

export function writeDetection({ name, query, algorithm, tolerance, keywords }: Detection): string {
  const given = Object.entries(keywords).filter(([, value]) => value !== "");
  const pairs = given.map(([key, value]) => `${key}=${/^[\d.]+$/.test(value) ? value : `'${value}'`}`);
  const parts = [query.trim(), `'${algorithm}'`, tolerance, ...pairs].filter((part) => part !== "");
  return `${name}(${parts.join(", ")})`;
}

const unquoted = (text: string) => text.trim().replace(/^(["'])([\s\S]*)\1$/, "$2");

/** What stands between commas that are within no parentheses, braces or quotes; null where one is not closed. */
function argumentsOf(text: string): string[] | null {
  const found: string[] = [];
  let [depth, quote, begun] = [0, "", 0];
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (quote) quote = char === quote ? "" : quote;
    else if (char === "'" || char === '"') quote = char;
    else if ("({[".includes(char)) depth++;
    else if (")}]".includes(char)) depth--;
    else if (char === "," && depth === 0) {
      found.push(text.slice(begun, at).trim());
      begun = at + 1;
    }
    if (depth < 0) return null;
  }
  return depth || quote ? null : [...found, text.slice(begun).trim()];
}
