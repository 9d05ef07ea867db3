/** The rows of a monitor summary: monitors, their groups, or both. Pure. */

export type Summary = "monitors" | "groups" | "combined";

export interface MonitorHit {
  id: number;
  name: string;
  status: string;
  priority?: number | null;
  last_triggered_ts?: number | null;
  tags?: string[];
}

export interface GroupHit {
  monitor_id: number;
  monitor_name: string;
  group: string;
  status: string;
  priority?: number | null;
  last_triggered_ts?: number | null;
  all_tags?: string[];
}

export interface SummaryRow {
  key: string;
  monitor: number;
  label: string;
  status: string;
  group: string;
  priority: number | null;
  /** UNIX seconds. */
  triggered: number | null;
  tags: readonly string[];
}

/** Worst first. */
export const STATE_ORDER = ["Alert", "Warn", "No Data", "OK"];

/** `combined` is the groups, and the monitors that have none. */
export function summaryRows(
  summary: Summary,
  monitors: readonly MonitorHit[],
  groups: readonly GroupHit[],
): SummaryRow[] {
  const ofGroups = groups.map(
    (one): SummaryRow => ({
      key: `${one.monitor_id}/${one.group}`,
      monitor: one.monitor_id,
      label: one.group === "*" ? one.monitor_name : `${one.monitor_name} · ${one.group}`,
      status: one.status,
      group: one.group,
      priority: one.priority ?? null,
      triggered: one.last_triggered_ts ?? null,
      tags: one.all_tags ?? [],
    }),
  );
  if (summary === "groups") return ofGroups;
  const grouped = new Set(summary === "combined" ? groups.map((one) => one.monitor_id) : []);
  const ofMonitors = monitors
    .filter((one) => !grouped.has(one.id))
    .map(
      (one): SummaryRow => ({
        key: String(one.id),
        monitor: one.id,
        label: one.name,
        status: one.status,
        group: "",
        priority: one.priority ?? null,
        triggered: one.last_triggered_ts ?? null,
        tags: one.tags ?? [],
      }),
    );
  return [...ofMonitors, ...ofGroups];
}

/** By `name`, `priority`, `triggered`, `group`, `tags` or `status`, then `,asc` or `,desc`. */
export function sortedRows(rows: readonly SummaryRow[], sort: string): SummaryRow[] {
  const [by, order = "asc"] = sort.split(",");
  const rank = (row: SummaryRow): string | number => {
    if (by === "name") return row.label.toLowerCase();
    if (by === "group") return row.group.toLowerCase();
    if (by === "tags") return row.tags.join(",").toLowerCase();
    if (by === "priority") return row.priority ?? 9;
    if (by === "triggered") return row.triggered ?? 0;
    const position = STATE_ORDER.indexOf(row.status);
    return position < 0 ? STATE_ORDER.length : position;
  };
  const sign = order === "desc" ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [rank(a), rank(b)];
    return (x < y ? -1 : x > y ? 1 : 0) * sign;
  });
}
