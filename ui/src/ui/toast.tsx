/** Short messages in the corner: what happened, and that it is done. Errors stay until closed. */
import { useSyncExternalStore } from "react";
import { IconButton } from "./controls";
import css from "./layers.module.css";

interface Toast {
  id: number;
  state: "ok" | "info" | "alert";
  text: string;
}

let toasts: Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function change(next: Toast[]) {
  toasts = next;
  for (const listener of listeners) listener();
}

export function dismiss(id: number) {
  change(toasts.filter((toast) => toast.id !== id));
}

export function toast(text: string, state: Toast["state"] = "ok") {
  const id = nextId++;
  change([...toasts.slice(-3), { id, state, text }]);
  if (state !== "alert") setTimeout(() => dismiss(id), 5000);
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className={css.toasts} role="status" aria-live="polite">
      {shown.map((one) => (
        <div key={one.id} className={css.toast} data-state={one.state}>
          <div>{one.text}</div>
          <IconButton icon="close" label="Dismiss" small onClick={() => dismiss(one.id)} />
        </div>
      ))}
    </div>
  );
}
