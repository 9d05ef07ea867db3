/** Templates of monitors: a definition with `$variables`, filled in when a monitor is made. */

export interface Variable {
  name: string;
  /** With a tag key, `$name` stands for `key:value`; `$name.value` for the value alone. */
  tag_key?: string;
  available_values?: string[];
  defaults?: string[];
}

export interface Template {
  id: string;
  attributes: {
    title: string;
    description?: string;
    tags: string[];
    version: number;
    modified?: string;
    template_variables: Variable[];
    monitor_definition: Record<string, unknown>;
  };
}

/** What belongs to the definition of a monitor; the rest of an answer is about one that is there. */
const DEFINITION = ["name", "type", "query", "message", "tags", "options", "priority"];

export function definitionOf(monitor: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const found = Object.fromEntries(
    DEFINITION.flatMap((key) => (monitor[key] == null ? [] : [[key, monitor[key]]])),
  );
  if (found.options) {
    const { silenced: _, ...options } = found.options as Record<string, unknown>;
    found.options = options;
  }
  return found;
}

export const defaultsOf = (variables: readonly Variable[]): Record<string, string> =>
  Object.fromEntries(
    variables.map((one) => [one.name, one.defaults?.[0] ?? one.available_values?.[0] ?? "*"]),
  );

/** `definition` with values in place of `$name`; one with a tag key is `key:value`, or `*` for everything. */
export function filled(
  definition: unknown,
  variables: readonly Variable[],
  values: Readonly<Record<string, string>>,
): unknown {
  if (variables.length === 0) return definition;
  const keys = new Map(variables.map((one) => [one.name, one.tag_key ?? ""]));
  const names = [...keys.keys()].sort((a, b) => b.length - a.length);
  const escaped = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(`\\$(${escaped.join("|")})(\\.value)?(?![A-Za-z0-9_])`, "g");
  const walk = (node: unknown): unknown => {
    if (typeof node === "string")
      return node.replace(pattern, (_, name: string, alone: string | undefined) => {
        const value = values[name] ?? "*";
        const key = keys.get(name);
        return alone || !key || value === "*" ? value : `${key}:${value}`;
      });
    if (Array.isArray(node)) return node.map(walk);
    if (node && typeof node === "object")
      return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, walk(value)]));
    return node;
  };
  return walk(definition);
}

/** `env = prod, staging (env)` a line: name, values of which the first is the default, tag key. */
export function readVariables(text: string): Variable[] {
  return text
    .split("\n")
    .map((line) => /^\s*\$?([\w.-]+)\s*(?:=\s*([^()]*))?(?:\((\S+)\))?\s*$/.exec(line))
    .flatMap((found) => {
      if (!found) return [];
      const values = (found[2] ?? "").split(",").map((value) => value.trim());
      const listed = values.filter(Boolean);
      return [
        {
          name: found[1]!,
          ...(found[3] && { tag_key: found[3] }),
          ...(listed.length > 0 && { available_values: listed, defaults: listed.slice(0, 1) }),
        },
      ];
    });
}

export const writeVariables = (variables: readonly Variable[]): string =>
  variables
    .map(({ name, tag_key, available_values, defaults }) => {
      const first = defaults?.[0];
      const others = (available_values ?? []).filter((value) => value !== first);
      const values = first === undefined ? others : [first, ...others];
      return `${name}${values.length > 0 ? ` = ${values.join(", ")}` : ""}${tag_key ? ` (${tag_key})` : ""}`;
    })
    .join("\n");
