/** A metrics query as the parts of a form, and back. Pure. */

export interface CallPart {
  name: string;
  /** What follows the query in the call, as it is written: `10, 'mean', 'desc'`. */
  args: string;
}

export interface MetricForm {
  /** Space aggregation: avg, sum, min, max, count, p95, and so on. */
  aggregator: string;
  metric: string;
  /** Inside of the braces; `*` for everything. */
  scope: string;
  by: string[];
  /** What follows the query: `as_count()`, `rollup(avg, 60)`. */
  modifiers: string[];
  /** Functions around it, the innermost first. */
  functions: CallPart[];
}

const SELECTOR =
  /^\s*([a-z]\w*(?:\.\d+)?)\s*:\s*([A-Za-z][\w.-]*)\s*\{([^{}]*)\}\s*(?:by\s*\{([^{}]*)\})?\s*((?:\.\s*[a-z_]\w*\([^()]*\)\s*)*)$/;

/** Null for what the form cannot hold, such as arithmetic: it is edited as text. */
export function parseMetricForm(text: string): MetricForm | null {
  const plain = SELECTOR.exec(text);
  if (plain) {
    const [, aggregator, metric, scope, by, modifiers] = plain;
    return {
      aggregator: aggregator!,
      metric: metric!,
      scope: scope!.trim() || "*",
      by: (by ?? "")
        .split(",")
        .map((key) => key.trim())
        .filter(Boolean),
      modifiers: [...(modifiers ?? "").matchAll(/\.\s*([a-z_]\w*\([^()]*\))/g)].map((found) => found[1]!),
      functions: [],
    };
  }
  const call = /^\s*([a-z_]\w*)\s*\(([\s\S]*)\)\s*$/i.exec(text);
  if (!call) return null;
  const [first, rest] = splitArguments(call[2]!);
  const inner = first === null ? null : parseMetricForm(first);
  return inner && { ...inner, functions: [...inner.functions, { name: call[1]!, args: rest }] };
}

/** The first argument and the others; null where the brackets do not match. */
export function splitArguments(text: string): [string | null, string] {
  let depth = 0;
  let quote = "";
  for (let i = 0; i < text.length; i++) {
    const letter = text[i]!;
    if (quote) {
      if (letter === quote) quote = "";
    } else if (letter === "'" || letter === '"') quote = letter;
    else if ("({[".includes(letter)) depth++;
    else if (")}]".includes(letter)) depth--;
    else if (letter === "," && depth === 0) return [text.slice(0, i), text.slice(i + 1).trim()];
    if (depth < 0) return [null, ""];
  }
  return [depth === 0 && !quote ? text : null, ""];
}

/** How a metric of a type is summarized unless something else is chosen: a sum of counts, an average of the rest. */
export function usualSummary(type: string | undefined): Pick<MetricForm, "aggregator" | "modifiers"> {
  if (type === "count") return { aggregator: "sum", modifiers: ["as_count()"] };
  if (type === "rate") return { aggregator: "sum", modifiers: [] };
  return { aggregator: "avg", modifiers: [] };
}

/** The form with another metric: what was the usual summary of the one before becomes that of the new one. */
export function withMetric(form: MetricForm, metric: string, before?: string, now?: string): MetricForm {
  const usual = usualSummary(before);
  const untouched =
    form.aggregator === usual.aggregator && form.modifiers.join(".") === usual.modifiers.join(".");
  return { ...form, metric, ...(untouched ? usualSummary(now) : {}) };
}

/** A word of its own: the value of a tag may contain one, as `check-in` does. */
const BOOLEAN_SCOPE = /(?:^|\s)(?:AND|OR|NOT|IN)(?=\s)|[()]/i;

/** The tags of a scope; null where it is a boolean expression, which is edited as text. */
export function scopeTags(scope: string): string[] | null {
  if (BOOLEAN_SCOPE.test(scope)) return null;
  return scope
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag && tag !== "*");
}

export function formatMetricForm(form: MetricForm): string {
  const by = form.by.length > 0 ? ` by {${form.by.join(",")}}` : "";
  const modifiers = form.modifiers.map((modifier) => `.${modifier}`).join("");
  const base = `${form.aggregator}:${form.metric}{${form.scope.trim() || "*"}}${by}${modifiers}`;
  return form.functions.reduce(
    (inner, { name, args }) => `${name}(${inner}${args.trim() ? `, ${args.trim()}` : ""})`,
    base,
  );
}
