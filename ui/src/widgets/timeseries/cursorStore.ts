/** Where the pointer is on a chart, outside of React's state: a frame renders what follows it, and nothing else. */
import { useEffect, useState, useSyncExternalStore } from "react";
import type { Cursor } from "~/core/chart/plot";

/** A legend of a hundred rows may come a little after the pointer. */
const LEGEND_MS = 100;

export class CursorStore {
  private cursor: Cursor | null = null;
  private readonly listeners = new Set<() => void>();

  readonly get = () => this.cursor;

  readonly set = (cursor: Cursor | null) => {
    if (cursor === this.cursor) return;
    this.cursor = cursor;
    for (const listener of this.listeners) listener();
  };

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };
}

export function useCursor(store: CursorStore): Cursor | null {
  return useSyncExternalStore(store.subscribe, store.get);
}

/** The bucket under the pointer, a few times a second; null where the pointer is elsewhere. */
export function useCursorIndex(store: CursorStore): number | null {
  const [index, setIndex] = useState<number | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = store.subscribe(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        setIndex(store.get()?.index ?? null);
      }, LEGEND_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [store]);
  return index;
}
