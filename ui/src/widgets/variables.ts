import type { Chosen, TemplateVariable } from "./types";

/** The values a variable starts with, as the dashboard's author wrote them. */
export function defaultsOf(variable: TemplateVariable): string[] {
  const given = variable.defaults?.length ? variable.defaults : variable.default ? [variable.default] : [];
  return given.filter((value) => value !== "*");
}

/** `prefix:value`, unless the value already carries the prefix, as some authors write it. */
function filter(variable: TemplateVariable, value: string): string {
  const prefix = variable.prefix;
  return !prefix || value.startsWith(`${prefix}:`) ? value : `${prefix}:${value}`;
}

function bare(variable: TemplateVariable, value: string): string {
  return variable.prefix && value.startsWith(`${variable.prefix}:`)
    ? value.slice(variable.prefix.length + 1)
    : value;
}

function joined(parts: string[]): string {
  return parts.length === 1 ? parts[0]! : `(${parts.join(" OR ")})`;
}

/**
 * Puts the chosen values into a query, a search or a text.
 *
 * `$name` becomes `prefix:value` (or `*`), `$name.value` the bare value, `key:$name.value` one filter a value.
 * The longest defined name wins, because names may contain dots and dashes. `write` changes what is put in, where
 * the text is not a query.
 */
export function substitute(
  text: string,
  variables: readonly TemplateVariable[],
  chosen: Chosen,
  write: (value: string) => string = (value) => value,
): string {
  if (!text.includes("$") || variables.length === 0) return text;
  const byLength = [...variables].sort((a, b) => b.name.length - a.name.length);
  const names = byLength.map((variable) => variable.name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  const pattern = new RegExp(`(?:(?<![\\w.@/-])([\\w.@/-]+):)?\\$(${names})(\\.value)?(?![\\w-])`, "g");
  const put = (key: string | undefined, name: string, asValue: string | undefined) => {
    const variable = byLength.find((candidate) => candidate.name === name)!;
    const values = (chosen[name] ?? defaultsOf(variable)).filter((value) => value && value !== "*");
    if (key) {
      return values.length ? joined(values.map((value) => `${key}:${bare(variable, value)}`)) : `${key}:*`;
    }
    if (values.length === 0) return "*";
    return asValue
      ? joined(values.map((value) => bare(variable, value)))
      : joined(values.map((value) => filter(variable, value)));
  };
  return text.replace(pattern, (_, key?: string, name = "", asValue?: string) =>
    write(put(key, name, asValue)),
  );
}

/** The same over every string of a request: queries, searches, group names. */
export function substituteAll<T>(value: T, variables: readonly TemplateVariable[], chosen: Chosen): T {
  if (typeof value === "string") return substitute(value, variables, chosen) as T;
  if (Array.isArray(value)) return value.map((item) => substituteAll(item, variables, chosen)) as T;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value).map(([key, item]) => [key, substituteAll(item, variables, chosen)]);
    return Object.fromEntries(entries) as T;
  }
  return value;
}
