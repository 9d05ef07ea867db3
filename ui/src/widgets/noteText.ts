/** What a note says once its variables are put in. Pure. */
import type { Chosen, TemplateVariable } from "./types";
import { substitute } from "./variables";

/**
 * Markdown of a note: without the `%%%` fences of older notes, with its variables, and with lone line breaks kept
 * as breaks. Code blocks, tables and lists keep their own lines.
 */
export function noteText(content: string, variables: readonly TemplateVariable[], chosen: Chosen): string {
  const lines = content.split(/\r?\n/).filter((line) => line.trim() !== "%%%");
  let fenced = false;
  return lines
    .map((given, i) => {
      if (/^\s*(```|~~~)/.test(given)) fenced = !fenced;
      // A value is no Markdown: an asterisk alone would be a list.
      const plain = fenced || given.includes("`");
      const line = substitute(given, variables, chosen, plain ? undefined : escaped);
      const next = lines[i + 1];
      const breaks = !fenced && isText(line) && next !== undefined && isText(next);
      return breaks ? `${line.trimEnd()}  ` : line;
    })
    .join("\n");
}

const escaped = (value: string) => value.replace(/[*_]/g, "\\$&");

/** A line of running text: not empty, no heading, list, table, quote or rule. */
function isText(line: string): boolean {
  return line.trim() !== "" && !/^\s*(#|[-*+]\s|\d+[.)]\s|\||>|```|~~~|-{3,}|={3,}| {4}|\t)/.test(line);
}
