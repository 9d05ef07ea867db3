/** Keyboard shortcuts: each is registered where it works and listed by `?`. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef } from "react";

export interface Shortcut {
  /** As written for people: `?`, `Ctrl+K`, `[`, `T`, `Space`. */
  keys: string;
  does: string;
  run: () => void;
}

type Registry = Set<{ current: readonly Shortcut[] }>;

const Context = createContext<Registry | null>(null);

export function KeysProvider({ children }: { children: ReactNode }) {
  const registry = useMemo<Registry>(() => new Set(), []);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const wanted = keysOf(event);
      if (wanted === null) return;
      const found = [...registry]
        .reverse()
        .flatMap((list) => list.current)
        .find((one) => one.keys === wanted);
      if (!found) return;
      event.preventDefault();
      found.run();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [registry]);
  return <Context.Provider value={registry}>{children}</Context.Provider>;
}

/** Shortcuts that work while the caller is on the screen. */
export function useShortcuts(shortcuts: readonly Shortcut[]) {
  const registry = useContext(Context);
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  useEffect(() => {
    registry?.add(latest);
    return () => {
      registry?.delete(latest);
    };
  }, [registry]);
}

export function useAllShortcuts(): () => Shortcut[] {
  const registry = useContext(Context);
  return () => [...(registry ?? [])].flatMap((list) => list.current);
}

/** Name of a key press; null for plain keys while typing and for the browser's own combinations. */
function keysOf(event: KeyboardEvent): string | null {
  const target = event.target as HTMLElement;
  const typing = target.closest("input, textarea, select, [contenteditable=true]") !== null;
  if ((event.ctrlKey || event.metaKey) && !event.altKey)
    return event.key.toLowerCase() === "k" ? "Ctrl+K" : null;
  if (typing || event.altKey || target.closest("[role=dialog], [role=menu]")) return null;
  if (event.key === " ") return target.closest("button, a, [role=row]") ? null : "Space";
  if (event.key === "Delete") return "Del";
  if (event.key === "Escape") return "Esc";
  return event.key.length === 1 ? event.key.toUpperCase() : null;
}
