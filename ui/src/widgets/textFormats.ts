/** Rules of a table for the texts of its group columns. Pure. */
import { isObject, listOf } from "./readDefinition";
import type { WidgetDefinition } from "./types";

export interface TextRule {
  match: { type: string; value: string };
  palette?: string;
  custom_bg_color?: string;
  custom_fg_color?: string;
  replace?: { type: "all"; with: string } | { type: "substring"; substring: string; with?: string };
}

/** The rules of each group column, which are of the first request that has some. */
export function textRulesOf(definition: WidgetDefinition): TextRule[][] {
  const given = [...listOf(definition.requests), definition].flatMap((one) =>
    isObject(one) && Array.isArray(one.text_formats) ? [one.text_formats] : [],
  )[0];
  return listOf(given).map((rules) => listOf(rules).filter(isObject) as unknown as TextRule[]);
}

const MATCHES: Record<string, (text: string, value: string) => boolean> = {
  is: (text, value) => text === value,
  is_not: (text, value) => text !== value,
  contains: (text, value) => text.includes(value),
  does_not_contain: (text, value) => !text.includes(value),
  starts_with: (text, value) => text.startsWith(value),
  ends_with: (text, value) => text.endsWith(value),
};

/** The text as the first rule that matches rewrites it, and that rule for its colors. */
export function textRule(
  text: string,
  rules: readonly TextRule[] | undefined,
): { text: string; rule: (TextRule & { palette: string }) | null } {
  const rule = rules?.find((one) => MATCHES[one.match?.type]?.(text, one.match.value));
  if (!rule) return { text, rule: null };
  const { replace } = rule;
  const written =
    replace?.type === "all"
      ? replace.with
      : replace?.type === "substring"
        ? text.replaceAll(replace.substring, replace.with ?? "")
        : text;
  return { text: written, rule: { ...rule, palette: rule.palette ?? "white_on_green" } };
}
