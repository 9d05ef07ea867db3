/** Choices of this browser: theme, density, time zone, width of the navigation. */
import { useSyncExternalStore } from "react";
import { setZone, type Zone } from "~/core/zone";

export type Theme = "system" | "light" | "dark";
export type Density = "normal" | "compact";

const listeners = new Set<() => void>();

function read(name: string): string | null {
  try {
    return localStorage.getItem(`heeler.${name}`);
  } catch {
    return null; // storage is forbidden in this browser: choices last as long as the page
  }
}

function write(name: string, value: string) {
  try {
    localStorage.setItem(`heeler.${name}`, value);
  } catch {
    // as above
  }
  for (const listener of listeners) listener();
}

const system = window.matchMedia("(prefers-color-scheme: dark)");
system.addEventListener("change", () => applyTheme(chosenTheme()));

/** What the address of a page asks for, while it is shown. */
let pageTheme: Theme | null = null;

function chosenTheme(): Theme {
  return pageTheme ?? ((read("theme") ?? "system") as Theme);
}

/** Shows a page in the theme that its address names; null goes back to the reader's. Nothing is remembered. */
export function setPageTheme(theme: Theme | null) {
  pageTheme = theme;
  applyTheme(chosenTheme());
  for (const listener of listeners) listener();
}

/** `index.html` does the same before first paint; `data-theme` is always light or dark. */
function applyTheme(theme: Theme) {
  document.documentElement.dataset.theme = theme === "system" ? (system.matches ? "dark" : "light") : theme;
}

export function setTheme(theme: Theme) {
  applyTheme(theme);
  write("theme", theme);
}

function chosenZone(): Zone {
  return read("zone") === "utc" ? "utc" : "local";
}

setZone(chosenZone());

export function setTimeZone(zone: Zone) {
  setZone(zone);
  write("zone", zone);
}

export function setDensity(density: Density) {
  document.documentElement.dataset.density = density;
  write("density", density);
}

export function setNavCollapsed(collapsed: boolean) {
  write("nav", collapsed ? "collapsed" : "open");
}

/** TV mode: larger type, no navigation; lasts until left. */
export function toggleTv() {
  const root = document.documentElement;
  if (root.dataset.mode === "tv") delete root.dataset.mode;
  else root.dataset.mode = "tv";
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function usePreferences() {
  const theme = useSyncExternalStore(subscribe, chosenTheme);
  const density = useSyncExternalStore(subscribe, () => (read("density") ?? "normal") as Density);
  const zone = useSyncExternalStore(subscribe, chosenZone);
  const collapsed = useSyncExternalStore(subscribe, () => read("nav") === "collapsed");
  const tv = useSyncExternalStore(subscribe, () => document.documentElement.dataset.mode === "tv");
  return { theme, density, zone, collapsed, tv };
}
