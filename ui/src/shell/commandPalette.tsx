/** Ctrl+K: pages, dashboards, monitors, hosts and metrics, by a few letters of their names. */
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useMemo, useState } from "react";
import { useLocation } from "wouter";
import { request } from "~/api/client";
import { useMe } from "~/api/session";
import { useDashboards } from "~/pages/dashboards/api";
import { isShown, PAGES } from "~/pages/register";
import { Dialog, SearchInput } from "~/ui";
import css from "./shell.module.css";

interface Target {
  path: string;
  title: string;
  section?: string;
}

const MAX_SHOWN = 20;

export function CommandPalette({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog title="Search or jump to" open={open} onClose={onClose}>
      <Palette onDone={onClose} />
    </Dialog>
  );
}

/** Monitors whose name, and hosts and metrics whose name contains `text`. */
function useFound(text: string): Target[] {
  const wanted = text.trim();
  const monitors = useQuery({
    queryKey: ["palette", "monitors", wanted],
    enabled: wanted.length > 1,
    queryFn: ({ signal }) =>
      request<{ monitors: { id: number; name: string }[] }>("GET", "/api/v1/monitor/search", {
        query: { query: wanted, per_page: 5 },
        signal,
      }),
  });
  const names = useQuery({
    queryKey: ["palette", "names", wanted],
    enabled: wanted.length > 1,
    queryFn: ({ signal }) =>
      request<{ results: { hosts?: string[]; metrics?: string[] } }>("GET", "/api/v1/search", {
        query: { q: wanted },
        signal,
      }),
  });
  const results = names.data?.results;
  return [
    ...(monitors.data?.monitors ?? []).map(({ id, name }) => ({
      path: `/monitors/${id}`,
      title: name,
      section: "Monitors",
    })),
    ...(results?.hosts ?? []).slice(0, 5).map((host) => ({
      path: `/infrastructure?host=${encodeURIComponent(host)}`,
      title: host,
      section: "Hosts",
    })),
    ...(results?.metrics ?? []).slice(0, 5).map((metric) => ({
      path: `/metric/summary?metric=${encodeURIComponent(metric)}`,
      title: metric,
      section: "Metrics",
    })),
  ];
}

function Palette({ onDone }: { onDone: () => void }) {
  const [text, setText] = useState("");
  const [index, setIndex] = useState(0);
  const [, navigate] = useLocation();
  const boards = useDashboards();
  const granted = useMe().data?.permissions;
  const others = useFound(text);
  const named = useMemo(() => {
    const pages: Target[] = PAGES.filter((page) => page.section && isShown(page, granted ?? []));
    const dashboards = (boards.data?.dashboards ?? []).map(({ id, title }) => ({
      path: `/dashboard/${id}`,
      title,
      section: "Dashboards",
    }));
    return [...pages, ...dashboards].filter((one) => matches(`${one.section} ${one.title}`, text));
  }, [text, boards.data, granted]);
  const found = [...named.slice(0, MAX_SHOWN - others.length), ...others];
  const go = (path: string) => {
    navigate(path);
    onDone();
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setIndex((index + 1) % Math.max(1, found.length));
    else if (event.key === "ArrowUp") setIndex((index + found.length - 1) % Math.max(1, found.length));
    else if (event.key === "Enter" && found[index]) go(found[index].path);
    else return;
    event.preventDefault();
  };
  return (
    <div className={css.goto} onKeyDown={press}>
      <SearchInput
        value={text}
        autoFocus
        placeholder="Pages, dashboards, monitors, hosts, metrics"
        onChange={(value) => {
          setText(value);
          setIndex(0);
        }}
      />
      <div role="listbox" aria-label="Results">
        {found.map((page, position) => (
          <button
            key={page.path}
            type="button"
            role="option"
            aria-selected={position === index}
            className={css.result}
            onClick={() => go(page.path)}
          >
            {page.title}
            <small>{page.section}</small>
          </button>
        ))}
      </div>
    </div>
  );
}

/** All letters of `text` in order, case aside. */
export function matches(name: string, text: string): boolean {
  const letters = name.toLowerCase();
  let at = 0;
  for (const letter of text.toLowerCase().replace(/\s+/g, "")) {
    at = letters.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
