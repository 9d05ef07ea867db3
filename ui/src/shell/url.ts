/** State of a page stored in its address, so that a link shows what its sender saw. */
import { useCallback, useMemo } from "react";
import { useLocation, useSearch } from "wouter";

type Change = Record<string, string | null>;

/** The address's parameters and a function that changes some; null removes. `push` makes a step of history. */
export function useUrlParams(): [URLSearchParams, (change: Change, push?: boolean) => void] {
  const search = useSearch();
  const [, navigate] = useLocation();
  const params = useMemo(() => new URLSearchParams(search), [search]);
  const change = useCallback(
    (changes: Change, push = false) => {
      const next = new URLSearchParams(window.location.search);
      for (const [name, value] of Object.entries(changes)) {
        if (value === null || value === "") next.delete(name);
        else next.set(name, value);
      }
      const text = next.toString();
      const target = new URL(window.location.href);
      if (target.searchParams.toString() === text) return;
      // `navigate` takes addresses relative to the router's base; "" is the present page.
      navigate(`${currentPath()}${text ? `?${text}` : ""}`, { replace: !push });
    },
    [navigate],
  );
  return [params, change];
}

function currentPath(): string {
  const base = new URL(".", document.baseURI).pathname.replace(/\/$/, "");
  return window.location.pathname.slice(base.length) || "/";
}

/** One parameter as state. */
export function useUrlState(name: string, fallback = ""): [string, (value: string) => void] {
  const [params, change] = useUrlParams();
  const set = useCallback(
    (value: string) => change({ [name]: value === fallback ? null : value }),
    [change, name, fallback],
  );
  return [params.get(name) ?? fallback, set];
}
