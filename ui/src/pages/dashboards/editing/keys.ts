/** Keys of the editor: undo, redo, save, and widgets by the clipboard. */
import { useEffect, useRef } from "react";
import { toast } from "~/ui";
import type { Widget } from "~/widgets/types";
import { textOf, widgetsIn } from "./clipboard";

interface Actions {
  undo: () => void;
  redo: () => void;
  save: () => void;
  paste: (widgets: readonly Widget[]) => void;
  /** The selected widgets, or the one under the pointer or with the focus. */
  current: () => readonly Widget[];
  /** Deletes what is selected, or has the focus. */
  remove: () => void;
  /** Escape: forgets what is selected. */
  clear: () => void;
}

export function useEditorKeys(actions: Actions) {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.altKey || busy(event.target)) return;
      const { undo, redo, save, remove, clear } = latest.current;
      if (!(event.ctrlKey || event.metaKey)) {
        if (event.key === "Delete" || event.key === "Backspace") remove();
        else if (event.key === "Escape") clear();
        return;
      }
      const key = event.key.toLowerCase();
      const run =
        key === "z" ? (event.shiftKey ? redo : undo) : key === "y" ? redo : key === "s" ? save : null;
      if (!run) return;
      event.preventDefault();
      run();
    };
    const copy = (event: ClipboardEvent) => {
      const widgets = latest.current.current();
      if (busy(event.target) || widgets.length === 0 || String(window.getSelection()) !== "") return;
      event.clipboardData?.setData("text/plain", textOf(widgets));
      event.preventDefault();
      toast(widgets.length === 1 ? "Widget copied" : `${widgets.length} widgets copied`);
    };
    const paste = (event: ClipboardEvent) => {
      if (busy(event.target)) return;
      const widgets = widgetsIn(event.clipboardData?.getData("text/plain") ?? "");
      if (widgets.length === 0) return;
      event.preventDefault();
      latest.current.paste(widgets);
    };
    window.addEventListener("keydown", press);
    window.addEventListener("copy", copy);
    window.addEventListener("paste", paste);
    return () => {
      window.removeEventListener("keydown", press);
      window.removeEventListener("copy", copy);
      window.removeEventListener("paste", paste);
    };
  }, []);
}

/** While typing, and in dialogs, keys are theirs. */
function busy(target: EventTarget | null): boolean {
  return (
    (target as Element | null)?.closest?.(
      "input, textarea, [contenteditable=true], [role=dialog], [role=menu]",
    ) != null
  );
}
