/** What changed between two versions of a dashboard, in sentences. Pure. */
import type { Dashboard, Widget } from "~/widgets/types";

const nameOf = ({ definition }: Widget) =>
  `${definition.type}${definition.title ? ` “${definition.title}”` : ""}`;
const equal = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/** From `before` to `after`: widgets by their ids, then the other fields. */
export function differences(before: Dashboard, after: Dashboard): string[] {
  const old = new Map(before.widgets.map((widget) => [widget.id, widget]));
  const now = new Map(after.widgets.map((widget) => [widget.id, widget]));
  const lines = before.title === after.title ? [] : [`Title: ${before.title} → ${after.title}`];
  for (const widget of after.widgets) {
    const earlier = old.get(widget.id);
    if (!earlier) lines.push(`Added ${nameOf(widget)}`);
    else if (!equal(earlier.definition, widget.definition)) lines.push(`Changed ${nameOf(widget)}`);
    else if (!equal(earlier.layout, widget.layout)) lines.push(`Moved ${nameOf(widget)}`);
  }
  for (const widget of before.widgets) if (!now.has(widget.id)) lines.push(`Deleted ${nameOf(widget)}`);
  if (!equal(before.template_variables, after.template_variables)) lines.push("Changed template variables");
  if (!equal(before.description, after.description)) lines.push("Changed description");
  return lines;
}
