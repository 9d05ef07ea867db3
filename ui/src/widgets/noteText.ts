/** What a note says once its variables are put in. Pure. */
import type { Chosen, TemplateVariable } from "./types";
import { substitute } from "./variables";

/**
 * Markdown of a note: without the `%%%` fences of older notes, with its variables, and with lone line breaks kept
 * as breaks. Code blocks, tables and lists keep their own lines.
 */
export function noteText(content: string, variables: readonly TemplateVariable[], chosen: Chosen): string {
  const lines = substitute(content, variables, chosen)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "%%%");
  let fenced = false;
  return lines
    .map((line, i) => {
      if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
      const next = lines[i + 1];
      const breaks = !fenced && isText(line) && next !== undefined && isText(next);
      return breaks ? `${line.trimEnd()}  ` : line;
    })
    .join("\n");
}

/** A line of running text: not empty, no heading, list, table, quote or rule. */
function isText(line: string): boolean {
  return line.trim() !== "" && !/^\s*(#|[-*+]\s|\d+[.)]\s|\||>|```|~~~|-{3,}|={3,}| {4}|\t)/.test(line);
}
