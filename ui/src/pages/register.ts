/** The index of all pages: one line a page. Those with a section stand in the navigation, in this order. */
import type { ComponentType } from "react";
import { lazyPart } from "~/core/lazyPart";
import type { IconName } from "~/ui";

export interface NavSection {
  name: string;
  icon: IconName;
}

/** Sections without pages are not shown. */
export const NAV: readonly NavSection[] = [
  { name: "Dashboards", icon: "dashboard" },
  { name: "Infrastructure", icon: "host" },
  { name: "Metrics", icon: "metrics" },
  { name: "Monitors", icon: "bell" },
  { name: "APM", icon: "apm" },
  { name: "Logs", icon: "logs" },
  { name: "Events", icon: "events" },
  { name: "Settings", icon: "settings" },
];

export interface PageEntry {
  /** `:name` is a part that varies; the page reads it with `useParams()`. */
  path: string;
  title: string;
  section?: string;
  /** Other words by which it is searched for. */
  also?: string;
  /** What seeing it takes; without it the page is neither listed nor shown. */
  permission?: string;
  /** Path of the page in the navigation that this one lies under, where its own path does not say so. */
  under?: string;
  component: ComponentType;
}

const page = lazyPart;

export const PAGES: readonly PageEntry[] = [
  {
    path: "/dashboard/lists",
    title: "Dashboards",
    section: "Dashboards",
    component: page(() => import("./dashboards/list")),
  },
  {
    path: "/dashboard/:id/:slug?",
    title: "Dashboard",
    under: "/dashboard/lists",
    component: page(() => import("./dashboards/dashboard")),
  },
  {
    path: "/notebook/list",
    title: "Notebooks",
    section: "Dashboards",
    component: page(() => import("./notebooks/list")),
  },
  {
    path: "/notebook/:id",
    title: "Notebook",
    under: "/notebook/list",
    component: page(() => import("./notebooks/notebook")),
  },
  // Readers without an account get it before any session is looked for (`app.tsx`).
  { path: "/sb/:token", title: "Shared dashboard", component: page(() => import("./shared/entry")) },
  {
    path: "/monitors/manage",
    title: "Manage",
    section: "Monitors",
    component: page(() => import("./monitors/list")),
  },
  {
    path: "/monitors/downtimes",
    title: "Downtimes",
    section: "Monitors",
    component: page(() => import("./monitors/downtimes")),
  },
  {
    path: "/slo/manage",
    title: "SLOs",
    section: "Monitors",
    component: page(() => import("./slos/list")),
  },
  {
    path: "/slo/new",
    title: "New SLO",
    under: "/slo/manage",
    permission: "slos_write",
    component: page(() => import("./slos/edit")),
  },
  {
    path: "/slo/:id/edit",
    title: "Edit SLO",
    under: "/slo/manage",
    permission: "slos_write",
    component: page(() => import("./slos/edit")),
  },
  { path: "/slo/:id", title: "SLO", under: "/slo/manage", component: page(() => import("./slos/slo")) },
  {
    path: "/synthetics/tests",
    title: "Synthetic Tests",
    section: "Monitors",
    permission: "synthetics_read",
    component: page(() => import("./synthetics/list")),
  },
  {
    path: "/synthetics/create",
    title: "New test",
    under: "/synthetics/tests",
    permission: "synthetics_write",
    component: page(() => import("./synthetics/edit")),
  },
  {
    path: "/synthetics/edit/:id",
    title: "Edit test",
    under: "/synthetics/tests",
    permission: "synthetics_write",
    component: page(() => import("./synthetics/edit")),
  },
  {
    path: "/synthetics/details/:id",
    title: "Synthetic test",
    under: "/synthetics/tests",
    permission: "synthetics_read",
    component: page(() => import("./synthetics/test")),
  },
  {
    path: "/monitors/settings",
    title: "Settings",
    section: "Monitors",
    permission: "monitors_read",
    component: page(() => import("./monitors/settings/settings")),
  },
  {
    path: "/monitors/create",
    title: "New monitor",
    under: "/monitors/manage",
    permission: "monitors_write",
    component: page(() => import("./monitors/edit")),
  },
  {
    path: "/monitors/:id/edit",
    title: "Edit monitor",
    under: "/monitors/manage",
    permission: "monitors_write",
    component: page(() => import("./monitors/edit")),
  },
  {
    path: "/monitors/:id",
    title: "Monitor",
    under: "/monitors/manage",
    component: page(() => import("./monitors/monitor")),
  },
  {
    path: "/apm/services",
    title: "Services",
    section: "APM",
    component: page(() => import("./apm/services")),
  },
  { path: "/apm/services/:name", title: "Service", component: page(() => import("./apm/service")) },
  {
    path: "/apm/services/:name/resource",
    title: "Resource",
    under: "/apm/services",
    component: page(() => import("./apm/resource")),
  },
  { path: "/apm/traces", title: "Traces", section: "APM", component: page(() => import("./apm/traces")) },
  {
    path: "/apm/trace/:id",
    title: "Trace",
    under: "/apm/traces",
    component: page(() => import("./apm/trace")),
  },
  { path: "/apm/map", title: "Service Map", section: "APM", component: page(() => import("./apm/map")) },
  {
    path: "/error-tracking",
    title: "Error Tracking",
    section: "APM",
    component: page(() => import("./errors/issues")),
  },
  {
    path: "/apm/ingestion",
    title: "Ingestion",
    section: "APM",
    permission: "apm_read",
    component: page(() => import("./apm/ingestion")),
  },
  {
    path: "/apm/traces/retention-filters",
    title: "Retention Filters",
    section: "APM",
    permission: "apm_read",
    component: page(() => import("./apm/retentionFilters")),
  },
  {
    path: "/apm/traces/generate-metrics",
    title: "Generate Metrics",
    section: "APM",
    permission: "apm_read",
    component: page(() => import("./apm/generateMetrics")),
  },
  { path: "/logs", title: "Explorer", section: "Logs", component: page(() => import("./logs/explorer")) },
  {
    path: "/logs/pipelines",
    title: "Pipelines",
    section: "Logs",
    permission: "logs_read_config",
    component: page(() => import("./logs/pipelines")),
  },
  {
    path: "/logs/indexes",
    title: "Indexes",
    section: "Logs",
    permission: "logs_read_config",
    component: page(() => import("./logs/indexes")),
  },
  {
    path: "/logs/archives",
    title: "Archives",
    section: "Logs",
    permission: "logs_read_config",
    component: page(() => import("./logs/archives")),
  },
  {
    path: "/logs/rehydration",
    title: "Rehydration",
    section: "Logs",
    permission: "logs_read_config",
    component: page(() => import("./logs/rehydration")),
  },
  {
    path: "/logs/generate-metrics",
    title: "Generate Metrics",
    section: "Logs",
    permission: "logs_read_config",
    component: page(() => import("./logs/generateMetrics")),
  },
  {
    path: "/logs/saved-views",
    title: "Saved Views",
    section: "Logs",
    component: page(() => import("./logs/savedViews")),
  },
  {
    path: "/logs/pipelines/:id",
    title: "Pipeline",
    under: "/logs/pipelines",
    permission: "logs_read_config",
    component: page(() => import("./logs/pipeline")),
  },
  {
    path: "/event/explorer",
    title: "Events",
    section: "Events",
    component: page(() => import("./events/explorer")),
  },
  // The address that answers of the API give an event.
  { path: "/event/event", title: "Events", component: page(() => import("./events/explorer")) },
  {
    path: "/infrastructure/map",
    title: "Host map",
    section: "Infrastructure",
    component: page(() => import("./infrastructure/hostMap")),
  },
  {
    path: "/infrastructure",
    title: "Hosts",
    section: "Infrastructure",
    component: page(() => import("./infrastructure/hostList")),
  },
  {
    path: "/process",
    title: "Processes",
    section: "Infrastructure",
    permission: "hosts_read",
    component: page(() => import("./infrastructure/processes")),
  },
  {
    path: "/containers",
    title: "Containers",
    section: "Infrastructure",
    permission: "hosts_read",
    component: page(() => import("./infrastructure/containers")),
  },
  {
    path: "/infrastructure/fleet",
    title: "Fleet",
    section: "Infrastructure",
    component: page(() => import("./infrastructure/fleet")),
  },
  {
    path: "/metric/explorer",
    title: "Explorer",
    section: "Metrics",
    component: page(() => import("./metrics/explorer")),
  },
  {
    path: "/metric/summary",
    title: "Summary",
    section: "Metrics",
    component: page(() => import("./metrics/summary")),
  },
  {
    path: "/metric/cardinality",
    title: "Cardinality",
    section: "Metrics",
    component: page(() => import("./metrics/cardinality")),
  },
  {
    path: "/settings/users",
    title: "Users",
    section: "Settings",
    permission: "user_access_read",
    component: page(() => import("./settings/users")),
  },
  {
    path: "/settings/roles",
    title: "Roles",
    section: "Settings",
    permission: "user_access_read",
    component: page(() => import("./settings/roles")),
  },
  {
    path: "/settings/teams",
    title: "Teams",
    section: "Settings",
    permission: "teams_read",
    component: page(() => import("./settings/teams")),
  },
  {
    path: "/settings/teams/:id",
    title: "Team",
    under: "/settings/teams",
    permission: "teams_read",
    component: page(() => import("./teams/team")),
  },
  {
    path: "/settings/service-accounts",
    title: "Service accounts",
    section: "Settings",
    permission: "service_account_write",
    component: page(() => import("./settings/serviceAccounts")),
  },
  {
    path: "/settings/organization",
    title: "Organization",
    section: "Settings",
    permission: "org_management",
    component: page(() => import("./settings/organization")),
  },
  {
    path: "/settings/api-keys",
    title: "API keys",
    section: "Settings",
    permission: "api_keys_read",
    component: page(() => import("./settings/apiKeys")),
  },
  {
    path: "/settings/application-keys",
    title: "Application keys",
    section: "Settings",
    component: page(() => import("./settings/appKeys")),
  },
  {
    path: "/settings/preferences",
    title: "Preferences",
    section: "Settings",
    component: page(() => import("./settings/preferences")),
  },
  {
    path: "/settings/audit",
    title: "Audit trail",
    section: "Settings",
    permission: "audit_logs_read",
    component: page(() => import("./settings/audit")),
  },
  {
    path: "/settings/integrations",
    title: "Integrations",
    section: "Settings",
    permission: "manage_integrations",
    component: page(() => import("./integrations/integrations")),
  },
  {
    path: "/settings/outbox",
    title: "Notification log",
    section: "Settings",
    permission: "org_management",
    component: page(() => import("./settings/outbox")),
  },
  {
    path: "/integrations",
    title: "Data sources",
    section: "Infrastructure",
    also: "Integrations, agent, OpenTelemetry, Prometheus",
    permission: "metrics_read",
    component: page(() => import("./sources/list")),
  },
  {
    path: "/settings/usage",
    title: "Usage",
    section: "Settings",
    permission: "usage_read",
    component: page(() => import("./settings/usage")),
  },
  {
    path: "/settings/unused",
    title: "Unused",
    section: "Settings",
    permission: "usage_read",
    component: page(() => import("./settings/unused")),
  },
  {
    path: "/settings/not-stored",
    title: "Not stored",
    section: "Settings",
    permission: "metrics_read",
    component: page(() => import("./settings/notStored")),
  },
  {
    path: "/settings/import",
    title: "Import",
    section: "Settings",
    permission: "org_management",
    component: page(() => import("./settings/import")),
  },
  {
    path: "/get-started",
    title: "Get started",
    section: "Settings",
    component: page(() => import("./getStarted")),
  },
];

export const HOME = "/infrastructure/map";

/** The page of the navigation that shows where one is: the longest path that `location` lies within. */
export function placeOf(location: string): PageEntry | undefined {
  const listed = PAGES.filter((entry) => entry.section && within(location, entry.path));
  if (listed.length > 0) return listed.sort((a, b) => b.path.length - a.path.length)[0];
  const shown = PAGES.find((entry) => entry.under && matches(location, entry.path));
  return PAGES.find((entry) => entry.path === shown?.under);
}

function within(location: string, path: string): boolean {
  return location === path || location.startsWith(`${path}/`);
}

/** Whether `location` is of the form of `path`, with anything for its `:parts`; those with `?` may be absent. */
function matches(location: string, path: string): boolean {
  const [given, wanted] = [location.split("/"), path.split("/")];
  return wanted.length >= given.length && wanted.every((part, i) => partFits(part, given[i]));
}

function partFits(wanted: string, given: string | undefined): boolean {
  if (given === undefined) return wanted.endsWith("?");
  return wanted.startsWith(":") || wanted === given;
}

/** The pages of a section that are shown to somebody with these permissions. */
export function pagesOf(section: string, granted: readonly string[]): PageEntry[] {
  return PAGES.filter((entry) => entry.section === section && isShown(entry, granted));
}

export function isShown(entry: PageEntry, granted: readonly string[]): boolean {
  return !entry.permission || granted.includes(entry.permission);
}
