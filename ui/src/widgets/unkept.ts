/** What a definition asks for that has no effect here: a sentence each, for one quiet line. Pure. */
import { type ApmStats, unknownColumns } from "./apmStats";
import { infrastructureOf } from "./hostGroups";
import { isObject, listOf, textOf } from "./readDefinition";
import { streamRequest } from "./streamColumns";
import type { WidgetDefinition } from "./types";

export function unkept(definition: WidgetDefinition): string[] {
  const stats = listOf(definition.requests).flatMap((request) => {
    const found = isObject(request) ? request.apm_stats_query : undefined;
    return isObject(found) ? unknownColumns(found as ApmStats) : [];
  });
  const said = stats.map((name) => `Column '${name}' is no trace statistic`);
  if (definition.type === "list_stream") said.push(...ofStream(definition));
  if (definition.type === "hostmap") said.push(...ofMap(definition));
  return said;
}

function ofMap(definition: WidgetDefinition): string[] {
  const { node_type: nodes } = infrastructureOf(definition);
  return nodes === "pod" || nodes === "cluster" ? [`No list of ${nodes}s is kept here: hosts are shown`] : [];
}

interface Filters {
  data_source?: string;
  sort?: { column?: string };
  team_handles?: string[];
  suspected_causes?: string[];
  persona?: string;
  states?: string[];
  assignee_uuids?: string[];
}

/** Filters that only issues have. */
const OF_ISSUES = ["persona", "states", "assignee_uuids", "team_handles", "suspected_causes"] as const;
const OF_NONE: ReadonlySet<string> = new Set(["team_handles", "suspected_causes"]);
const BY_TIME = new Set(["timestamp", "date", ""]);

function ofStream(definition: WidgetDefinition): string[] {
  const query = (definition.requests as { query?: Filters }[] | undefined)?.[0]?.query ?? {};
  const { source, missing, patterns, issues } = streamRequest(definition);
  if (missing) return [];
  const given = OF_ISSUES.filter((name) => (Array.isArray(query[name]) ? query[name].length : query[name]));
  if (source !== "issues") {
    const column = textOf(query.sort?.column);
    const sorted = source === "logs" || patterns || BY_TIME.has(column);
    return [
      ...given.map((name) => `Filter '${name}' is of issues: these entries have none`),
      ...(sorted ? [] : [`Sorted by time: ${source} have no order by '${column}'`]),
    ];
  }
  return given
    .filter((name) => OF_NONE.has(name) || (name === "persona" && issues?.track))
    .map((name) => `Filter '${name}' is not applied to these issues`);
}
