/** The index of all pages: one line a page. Those with a section stand in the navigation, in this order. */
import { type ComponentType, lazy } from "react";
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
  component: ComponentType;
}

const page = (load: () => Promise<{ default: ComponentType }>) => lazy(load);

export const PAGES: readonly PageEntry[] = [
  {
    path: "/get-started",
    title: "Get started",
    section: "Settings",
    component: page(() => import("./getStarted")),
  },
];

export const HOME = "/get-started";

export function pagesOf(section: string): PageEntry[] {
  return PAGES.filter((entry) => entry.section === section);
}
