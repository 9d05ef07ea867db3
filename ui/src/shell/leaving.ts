/** Asks before unsaved work is lost: by a link, a shortcut, going back, closing the tab. */
import { useCallback, useEffect, useRef, useState } from "react";
import { ask, type Question } from "~/ui/ask";

/**
 * What holds up going back. Listeners of the window are called in the order in which they were added, those of
 * capture too: this one is added when the app is loaded, before the router's.
 */
let held: ((event: PopStateEvent) => void) | null = null;
globalThis.window?.addEventListener("popstate", (event) => held?.(event));

const QUESTION: Question = {
  title: "Discard unsaved changes?",
  text: "What you changed since it was saved is lost.",
  action: "Discard",
};

/**
 * Guards the page as long as `dirty`. The function that it returns ends the guard, for the way to another page
 * after saving.
 */
export function useLeaveGuard(dirty: boolean): () => void {
  const allowed = useRef(false);
  useEffect(() => {
    if (!dirty) return;
    allowed.current = false;
    const { pathname, href } = window.location;
    const push = window.history.pushState;
    const unload = (event: BeforeUnloadEvent) => {
      if (!allowed.current) event.preventDefault();
    };
    const whenSure = (go: () => void) =>
      void ask(QUESTION).then((yes) => {
        if (!yes) return;
        allowed.current = true;
        go();
      });
    const click = (event: MouseEvent) => {
      const link = (event.target as Element | null)?.closest?.("a[href]");
      if (!link || link.getAttribute("target") === "_blank" || event.ctrlKey || event.metaKey) return;
      if (allowed.current) return;
      event.preventDefault();
      event.stopPropagation();
      whenSure(() => (link as HTMLElement).click());
    };
    window.history.pushState = (data, unused, url) => {
      const go = () => push.call(window.history, data, unused, url);
      const to = new URL(url ?? "", window.location.href);
      if (allowed.current || to.pathname === window.location.pathname) go();
      else whenSure(go);
    };
    const back = (event: PopStateEvent) => {
      if (allowed.current || window.location.pathname === pathname) return;
      event.stopImmediatePropagation();
      // The address is put back before anything renders by it; the way back then begins anew.
      push.call(window.history, null, "", href);
      whenSure(() => window.history.back());
    };
    window.addEventListener("beforeunload", unload);
    window.addEventListener("click", click, true);
    held = back;
    return () => {
      window.history.pushState = push;
      window.removeEventListener("beforeunload", unload);
      window.removeEventListener("click", click, true);
      if (held === back) held = null;
    };
  }, [dirty]);
  return useCallback(() => {
    allowed.current = true;
  }, []);
}

/** Guards a form as long as `draft` differs from what it began with. */
export function useDraftGuard(draft: unknown): () => void {
  const [start] = useState(() => JSON.stringify(draft));
  return useLeaveGuard(JSON.stringify(draft) !== start);
}

export const confirmDiscard = () => ask(QUESTION);
