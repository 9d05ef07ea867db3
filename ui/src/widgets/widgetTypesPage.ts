/** The page of widget types in the documentation, made of the registry. Pure. */
import { TYPE_OPTIONS } from "~/pages/dashboards/editing/typeOptions";
import { shapeOf } from "~/pages/dashboards/editing/visualization";
import { WIDGETS } from "./register";

/** Types that mails show: graphs in notifications and snapshots, these and texts in reports. */
const IN_MAILS = new Set([
  "timeseries",
  "query_value",
  "toplist",
  "query_table",
  "sunburst",
  "treemap",
  "bar_chart",
  "note",
  "free_text",
  "group",
]);
/** Types whose data are not collected: a card says what they were. */
const CARDS = new Set(["run_workflow", "custom", "embedded_app", "cohort", "retention_curve", "sankey"]);

export function widgetTable(): string {
  const rows = Object.entries(WIDGETS).map(([type, { label, sample }]) => {
    const drawn = CARDS.has(type) ? "as a card" : "yes";
    const form = Boolean(TYPE_OPTIONS[type]) || shapeOf(type) !== null;
    const edited = form ? (sample ? "by form" : "by form, not added by hand") : "as JSON";
    return `| \`${type}\` | ${label} | ${drawn} | ${edited} | ${IN_MAILS.has(type) ? "yes" : "no"} |`;
  });
  return `# Widgets

Every type of widget is stored and returned unchanged, known or not. This table is written from the web app's registry
(\`ui/src/widgets/register.ts\`): how each is drawn, how it is edited, and whether notifications carry its picture. Types that are
not here are shown by their name.

| type | name | drawn | edited | in mails |
|---|---|---|---|---|
${rows.join("\n")}
`;
}
