/** Choices of this browser: theme, density, width of the navigation. Applied to `<html>` before first paint. */
import { useSyncExternalStore } from "react";

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

export function setTheme(theme: Theme) {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  write("theme", theme);
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
  const theme = useSyncExternalStore(subscribe, () => (read("theme") ?? "system") as Theme);
  const density = useSyncExternalStore(subscribe, () => (read("density") ?? "normal") as Density);
  const collapsed = useSyncExternalStore(subscribe, () => read("nav") === "collapsed");
  const tv = useSyncExternalStore(subscribe, () => document.documentElement.dataset.mode === "tv");
  return { theme, density, collapsed, tv };
}
