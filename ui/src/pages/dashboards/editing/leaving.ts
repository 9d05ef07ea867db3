/** Asks before unsaved work is lost: by a link, by going back, by closing the tab. */
import { useEffect } from "react";
import { ask, type Question } from "~/ui/ask";

const QUESTION: Question = {
  title: "Discard unsaved changes?",
  text: "What you changed since it was saved is lost.",
  action: "Discard",
};

export function useLeaveGuard(dirty: boolean) {
  useEffect(() => {
    if (!dirty) return;
    let allowed = false;
    const unload = (event: BeforeUnloadEvent) => event.preventDefault();
    const click = (event: MouseEvent) => {
      const link = (event.target as Element | null)?.closest?.("a[href]");
      if (!link || link.getAttribute("target") === "_blank" || event.ctrlKey || event.metaKey) return;
      if (allowed) return;
      event.preventDefault();
      event.stopPropagation();
      void ask(QUESTION).then((yes) => {
        if (!yes) return;
        allowed = true;
        (link as HTMLElement).click();
      });
    };
    window.addEventListener("beforeunload", unload);
    window.addEventListener("click", click, true);
    return () => {
      window.removeEventListener("beforeunload", unload);
      window.removeEventListener("click", click, true);
    };
  }, [dirty]);
}

export const confirmDiscard = () => ask(QUESTION);
