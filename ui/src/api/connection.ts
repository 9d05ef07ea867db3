/** Whether the last request found the server. */
import { useSyncExternalStore } from "react";

let lost = false;
const listeners = new Set<() => void>();

/** Noted by the client after every request. */
export function noteConnection(reached: boolean) {
  if (lost === !reached) return;
  lost = !reached;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useConnectionLost(): boolean {
  return useSyncExternalStore(subscribe, () => lost);
}
