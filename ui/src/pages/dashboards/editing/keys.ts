/** Keys of the editor: undo, redo, save, and widgets by the clipboard. */
import { useEffect, useRef } from "react";
import { toast } from "~/ui";
import type { Widget } from "~/widgets/types";
import { textOf, widgetIn } from "./clipboard";

interface Actions {
  undo: () => void;
  redo: () => void;
  save: () => void;
  paste: (widget: Widget) => void;
  /** The widget under the pointer, or that has the focus. */
  current: () => Widget | undefined;
}

export function useEditorKeys(actions: Actions) {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || busy(event.target)) return;
      const key = event.key.toLowerCase();
      const { undo, redo, save } = latest.current;
      const run =
        key === "z" ? (event.shiftKey ? redo : undo) : key === "y" ? redo : key === "s" ? save : null;
      if (!run) return;
      event.preventDefault();
      run();
    };
    const copy = (event: ClipboardEvent) => {
      const widget = latest.current.current();
      if (busy(event.target) || !widget || String(window.getSelection()) !== "") return;
      event.clipboardData?.setData("text/plain", textOf(widget));
      event.preventDefault();
      toast("Widget copied");
    };
    const paste = (event: ClipboardEvent) => {
      if (busy(event.target)) return;
      const widget = widgetIn(event.clipboardData?.getData("text/plain") ?? "");
      if (!widget) return;
      event.preventDefault();
      latest.current.paste(widget);
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
    (target as Element | null)?.closest?.("input, textarea, [contenteditable=true], [role=dialog]") != null
  );
}
