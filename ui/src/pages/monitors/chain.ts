/** Queries of searches and service checks, taken apart for their forms and put together again. */

export interface SearchCondition {
  /** `logs`, `trace-analytics`, `events`, or of errors `error-tracking`, `error-tracking-traces`, `-logs`. */
  source: string;
  /** Of errors: `new` counts those of new issues alone, `impact` those of all; empty says neither. */
  issues: string;
  search: string;
  /** `count`, `cardinality`, `avg`, `pc95`, ... */
  rollup: string;
  measure: string;
  by: string[];
  /** `5m`, `1h`, ... */
  window: string;
  comparator: string;
  critical: string;
}

const SEARCH =
  /^\s*(logs|trace-analytics|events|error-tracking(?:-traces|-logs)?)\("((?:[^"\\]|\\.)*)"\)((?:\.\w+\([^()]*\))*)\s*(>=|<=|==|!=|>|<)\s*(-?[\d.]+(?:e[-+]?\d+)?)?\s*$/i;

function calls(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [, name, inside] of text.matchAll(/\.(\w+)\(([^()]*)\)/g)) {
    const words = inside!.split(",").map((word) => word.trim().replace(/^["']|["']$/g, ""));
    found.set(name!, words.filter(Boolean));
  }
  return found;
}

const quoted = (text: string) => `"${text.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;

/** The parts of `logs("...").rollup("count").last("5m") > 5`; null for other kinds of query. */
export function readSearch(text: string): SearchCondition | null {
  const found = SEARCH.exec(text);
  if (!found) return null;
  const [, source, search, chain, comparator, critical] = found as unknown as string[];
  const parts = calls(chain!);
  const errors = source!.startsWith("error-tracking");
  const known = ["index", "rollup", "by", "last", ...(errors ? ["new", "impact", "source"] : [])];
  for (const name of parts.keys()) if (!known.includes(name)) return null;
  if (parts.has("source") && parts.get("source")![0] !== "all") return null;
  const [rollup = "count", measure = ""] = parts.get("rollup") ?? [];
  return {
    source: source!,
    issues: parts.has("new") ? "new" : parts.has("impact") ? "impact" : "",
    search: search!.replace(/\\(["\\])/g, "$1"),
    rollup,
    measure,
    by: parts.get("by")?.filter((key) => key !== "*") ?? [],
    window: parts.get("last")?.[0] ?? "5m",
    comparator: comparator!,
    critical: critical ?? "",
  };
}

export function writeSearch(condition: SearchCondition): string {
  const { source, issues, search, rollup, measure, by, window, comparator, critical } = condition;
  const index = source === "logs" ? '.index("*")' : source === "error-tracking" ? '.source("all")' : "";
  const counting = issues ? `.${issues}()` : "";
  const counted = rollup === "count" ? quoted(rollup) : `${quoted(rollup)}, ${quoted(measure)}`;
  const groups = by.length > 0 ? `.by(${by.map(quoted).join(",")})` : "";
  return `${source}(${quoted(search)})${index}${counting}.rollup(${counted})${groups}.last(${quoted(window)}) ${comparator} ${critical}`;
}

export interface ProcessCondition {
  search: string;
  over: string[];
  by: string[];
  /** `5m`, `1h`, ... */
  window: string;
  comparator: string;
  critical: string;
}

const PROCESSES =
  /^\s*processes\("((?:[^"\\]|\\.)*)"\)((?:\.\w+\([^()]*\))*)\s*(>=|<=|==|!=|>|<)\s*(-?[\d.]+(?:e[-+]?\d+)?)?\s*$/i;

/** The parts of `processes("nginx").over("*").by("host").rollup("count").last("5m") < 1`; null for others. */
export function readProcesses(text: string): ProcessCondition | null {
  const found = PROCESSES.exec(text);
  if (!found) return null;
  const [, search, chain, comparator, critical] = found as unknown as string[];
  const parts = calls(chain!);
  for (const name of parts.keys()) if (!["over", "rollup", "by", "last"].includes(name)) return null;
  const chosen = (name: string) => parts.get(name)?.filter((word) => word !== "*") ?? [];
  return {
    search: search!.replace(/\\(["\\])/g, "$1"),
    over: chosen("over"),
    by: chosen("by"),
    window: parts.get("last")?.[0] ?? "5m",
    comparator: comparator!,
    critical: critical ?? "",
  };
}

export function writeProcesses(condition: ProcessCondition): string {
  const { search, over, by, window, comparator, critical } = condition;
  const scope = (over.length > 0 ? over : ["*"]).map(quoted).join(",");
  const groups = by.length > 0 ? `.by(${by.map(quoted).join(",")})` : "";
  return `processes(${quoted(search)}).over(${scope})${groups}.rollup("count").last(${quoted(window)}) ${comparator} ${critical}`;
}

export interface CheckCondition {
  check: string;
  over: string[];
  by: string[];
  last: number;
}

const CHECK = /^\s*(["'])(.+?)\1((?:\.\w+\([^()]*\))*)\.count_by_status\(\)\s*$/;

/** The parts of `"check".over("*").by("host").last(4).count_by_status()`; null for other kinds of query. */
export function readCheck(text: string): CheckCondition | null {
  const found = CHECK.exec(text);
  if (!found) return null;
  const parts = calls(found[3]!);
  if (parts.has("exclude")) return null;
  const chosen = (name: string) => parts.get(name)?.filter((word) => word !== "*") ?? [];
  return {
    check: found[2]!,
    over: chosen("over"),
    by: chosen("by"),
    last: Number(parts.get("last")?.[0] ?? 1),
  };
}

export function writeCheck({ check, over, by, last }: CheckCondition): string {
  const list = (words: readonly string[]) => (words.length > 0 ? words.map(quoted).join(",") : '"*"');
  return `${quoted(check)}.over(${list(over)}).by(${list(by)}).last(${last}).count_by_status()`;
}
