/** Narrowing the list of monitors by facets, kept in the address. Pure. */
import type { Monitor } from "./api";

export interface Facets {
  search: string;
  status: string;
  type: string;
  service: string;
  team: string;
  tag: string;
  muted: string;
  creator: string;
  priority: string;
}

export const FACETS = ["type", "service", "team", "tag", "muted", "creator", "priority"] as const;
export type Facet = (typeof FACETS)[number];

export const FACET_LABELS: Record<Facet, string> = {
  type: "Type",
  service: "Service",
  team: "Team",
  tag: "Tag",
  muted: "Muted",
  creator: "Creator",
  priority: "Priority",
};

export const isMuted = (monitor: Monitor) => Object.keys(monitor.options.silenced ?? {}).length > 0;

const creatorOf = (monitor: Monitor) =>
  monitor.creator?.name || monitor.creator?.email || monitor.creator?.handle || "";

const tagged = (monitor: Monitor, key: string) =>
  monitor.tags.filter((tag) => tag.startsWith(`${key}:`)).map((tag) => tag.slice(key.length + 1));

/** The values of a facet that a monitor has. */
export function facetValues(monitor: Monitor, facet: Facet): string[] {
  switch (facet) {
    case "type":
      return [monitor.type];
    case "service":
    case "team":
      return tagged(monitor, facet);
    case "tag":
      return monitor.tags;
    case "muted":
      return [isMuted(monitor) ? "yes" : "no"];
    case "creator":
      return creatorOf(monitor) ? [creatorOf(monitor)] : [];
    case "priority":
      return monitor.priority ? [`P${monitor.priority}`] : [];
  }
}

const textOf = (monitor: Monitor) => `${monitor.name} ${monitor.query} ${monitor.tags.join(" ")}`;

export function matches(monitor: Monitor, facets: Facets): boolean {
  const groups = Object.keys(monitor.state?.groups ?? {}).join(" ");
  return (
    (facets.status === "" || monitor.overall_state === facets.status) &&
    `${textOf(monitor)} ${groups}`.toLowerCase().includes(facets.search.toLowerCase()) &&
    FACETS.every((facet) => facets[facet] === "" || facetValues(monitor, facet).includes(facets[facet]))
  );
}

/** Values of a facet with how many monitors have each, the most frequent first. */
export function facetCounts(monitors: readonly Monitor[], facet: Facet): [string, number][] {
  const counts = new Map<string, number>();
  for (const monitor of monitors)
    for (const value of facetValues(monitor, facet)) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).slice(0, 200);
}

export interface Triggered {
  monitor: Monitor;
  group: string;
  status: string;
  /** UNIX seconds; 0 where it never triggered. */
  since: number;
}

/** The groups that are not well, of all monitors given: those that the search finds, by themselves or by their monitor. */
export function triggeredGroups(monitors: readonly Monitor[], search = ""): Triggered[] {
  const wanted = search.toLowerCase();
  return monitors.flatMap((monitor) =>
    Object.values(monitor.state?.groups ?? {})
      .filter((group) => group.status !== "OK")
      .filter((group) => `${textOf(monitor)} ${group.name}`.toLowerCase().includes(wanted))
      .map((group) => ({
        monitor,
        group: group.name,
        status: group.status,
        since: (group.status === "No Data" ? group.last_nodata_ts : group.last_triggered_ts) ?? 0,
      })),
  );
}

/** Tags after some are added and some removed, each once. */
export function changedTags(
  tags: readonly string[],
  add: readonly string[],
  remove: readonly string[],
): string[] {
  return [...new Set([...tags.filter((tag) => !remove.includes(tag)), ...add])];
}
