/** New notebooks and cells. Pure. */
import type { WidgetDefinition } from "~/widgets/types";
import type { NotebookAttributes, NotebookCell } from "./api";

export const KINDS = ["investigation", "postmortem", "runbook", "documentation", "report"];

export const markdown = (text: string): NotebookCell => ({
  type: "notebook_cells",
  attributes: { definition: { type: "markdown", text } },
});

export const graph = (definition: WidgetDefinition): NotebookCell => ({
  type: "notebook_cells",
  attributes: { definition, graph_size: "m", time: null },
});

const POSTMORTEM = [
  "## Summary\n\nWhat happened, in two sentences.",
  "## Impact\n\nWho noticed, and for how long.",
  "## Timeline\n\n- 00:00 Detected\n- 00:00 Mitigated\n- 00:00 Resolved",
  "## Root cause",
  "## Action items\n\n- [ ] ",
];
const RUNBOOK = ["## When to use this", "## Diagnosis", "## Mitigation", "## Escalation"];

/** A new notebook of a kind, with the sections that it usually has, and what it was made from. */
export function newNotebook(
  name: string,
  kind: string,
  from: readonly WidgetDefinition[] = [],
): NotebookAttributes {
  const sections = kind === "postmortem" ? POSTMORTEM : kind === "runbook" ? RUNBOOK : ["## Notes"];
  const [first, ...rest] = sections.map(markdown);
  return {
    name: name.slice(0, 80),
    time: { live_span: "1h" },
    status: "published",
    metadata: { type: kind || undefined, is_template: false, take_snapshots: false },
    template_variables: [],
    cells: [first!, ...from.map(graph), ...rest],
  };
}

/** The cells with one moved up or down. */
export function movedCell<T>(cells: readonly T[], index: number, step: -1 | 1): T[] {
  const target = index + step;
  if (target < 0 || target >= cells.length) return [...cells];
  const next = [...cells];
  [next[index], next[target]] = [next[target]!, next[index]!];
  return next;
}

/** With all times fixed as of now: a notebook that still shows the incident in a year. */
export function frozen(attributes: NotebookAttributes, from: number, to: number): NotebookAttributes {
  const time = { start: new Date(from).toISOString(), end: new Date(to).toISOString(), live: false };
  return { ...attributes, time };
}
