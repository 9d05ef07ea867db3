/** Where to see what a monitor is about. */

import { readSearch } from "./chain";
import { readSloAlert } from "./sloAlert";

interface Subject {
  href: string;
  label: string;
}

const EXPLORERS: Record<string, [path: string, label: string]> = {
  logs: ["/logs", "View in Log Explorer"],
  "trace-analytics": ["/apm/traces?spans=all", "View in Trace Explorer"],
  events: ["/event/explorer", "View in Event Explorer"],
  "error-tracking": ["/error-tracking", "View in Error Tracking"],
};

/** The SLO of an alert on one, or the explorer with the search of a monitor; undefined for other queries. */
export function subjectOf(query: string): Subject | undefined {
  const slo = readSloAlert(query)?.slo;
  if (slo) return { href: `/slo/${slo}`, label: "View SLO" };
  const search = readSearch(query);
  const explorer = EXPLORERS[search?.source.replace(/^(error-tracking)-.*/, "$1") ?? ""];
  if (!search || !explorer) return undefined;
  const [path, label] = explorer;
  if (!search.search || search.search === "*") return { href: path, label };
  const joined = path.includes("?") ? "&" : "?";
  return { href: `${path}${joined}query=${encodeURIComponent(search.search)}`, label };
}
