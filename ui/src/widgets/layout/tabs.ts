/** Tabs of a dashboard: which widgets each shows. Pure. */
import type { Dashboard, DashboardTab, Widget } from "../types";

/** The widgets of a tab in the dashboard's order; those of no tab are on the first. */
export function widgetsOfTab(board: Pick<Dashboard, "widgets" | "tabs">, tab: DashboardTab): Widget[] {
  const tabs = board.tabs ?? [];
  const named = tabs.map((one) => idsOf(board.widgets, one));
  const own = named[tabs.indexOf(tab)] ?? new Set();
  const first = tabs[0] === tab;
  return board.widgets.filter(
    (_, index) => own.has(index) || (first && !named.some((indices) => indices.has(index))),
  );
}

/** Indices of a tab's widgets: ids, or `@N` for the N-th. */
function idsOf(widgets: readonly Widget[], tab: DashboardTab): Set<number> {
  const byId = new Map(widgets.map((widget, index) => [String(widget.id), index]));
  const found = (tab.widget_ids ?? []).map((id) => {
    const position = /^@(\d+)$/.exec(String(id));
    return position ? Number(position[1]) - 1 : byId.get(String(id));
  });
  return new Set(found.filter((index): index is number => index !== undefined));
}

/** The tab that the address names, else the first; null on dashboards without tabs. */
export function currentTab(board: Pick<Dashboard, "tabs">, id: string): DashboardTab | null {
  const tabs = board.tabs ?? [];
  return tabs.find((tab) => String(tab.id) === id) ?? tabs[0] ?? null;
}
