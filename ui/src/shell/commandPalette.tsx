/** Ctrl+K: pages, dashboards, monitors, notebooks, services, hosts, metrics and people by a few letters of their
 * names; what was opened last comes first. */
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
  also?: string;
}

const MAX_SHOWN = 20;

export function CommandPalette({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog title="Search or jump to" open={open} onClose={onClose}>
      <Palette onDone={onClose} />
    </Dialog>
  );
}

/** Monitors, SLOs, notebooks, services, hosts, metrics and people whose name contains `text`. */
function useFound(text: string): Target[] {
  const granted = useMe().data?.permissions ?? [];
  const may = (permission: string) => granted.includes(permission);
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
  const notebooks = useQuery({
    queryKey: ["palette", "notebooks", wanted],
    enabled: wanted.length > 1 && may("notebooks_read"),
    queryFn: ({ signal }) =>
      request<{ data: { id: number; attributes: { name: string } }[] }>("GET", "/api/v1/notebooks", {
        query: { query: wanted, count: 5, include_cells: false },
        signal,
      }),
  });
  const services = useQuery({
    queryKey: ["palette", "services"],
    enabled: wanted.length > 1 && may("apm_read"),
    queryFn: ({ signal }) =>
      request<{ data: { attributes: { services: string[] } } }>("GET", "/api/v2/apm/services", {
        query: { "filter[env]": "*" },
        signal,
      }),
    staleTime: 60_000,
    retry: false,
  });
  const slos = useQuery({
    queryKey: ["palette", "slos", wanted],
    enabled: wanted.length > 1 && may("slos_read"),
    queryFn: ({ signal }) =>
      request<{ data: { id: string; name: string }[] }>("GET", "/api/v1/slo", {
        query: { query: wanted, limit: 5 },
        signal,
      }),
  });
  const people = useQuery({
    queryKey: ["palette", "people", wanted],
    enabled: wanted.length > 1 && may("user_access_read"),
    queryFn: ({ signal }) =>
      request<{ data: { id: string; attributes: { email: string; name: string } }[] }>(
        "GET",
        "/api/v2/users",
        {
          query: { filter: wanted, "page[size]": 5 },
          signal,
        },
      ),
  });
  const results = names.data?.results;
  const named = (services.data?.data.attributes.services ?? []).filter((name) =>
    name.toLowerCase().includes(wanted.toLowerCase()),
  );
  return [
    ...(wanted.length > 1 ? named : []).slice(0, 5).map((name) => ({
      path: `/apm/services/${encodeURIComponent(name)}`,
      title: name,
      section: "Services",
    })),
    ...(slos.data?.data ?? []).map(({ id, name }) => ({
      path: `/slo/${id}`,
      title: name,
      section: "SLOs",
    })),
    ...(notebooks.data?.data ?? []).map(({ id, attributes }) => ({
      path: `/notebook/${id}`,
      title: attributes.name,
      section: "Notebooks",
    })),
    ...(people.data?.data ?? []).map(({ attributes }) => ({
      path: `/settings/users?filter=${encodeURIComponent(attributes.email)}`,
      title: attributes.name || attributes.email,
      section: "People",
    })),
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
    const contains = ({ also }: Target) =>
      text.trim().length > 2 && also?.toLowerCase().includes(text.trim().toLowerCase());
    return [...pages, ...dashboards].filter(
      (one) => matches(`${one.section} ${one.title}`, text) || contains(one),
    );
  }, [text, boards.data, granted]);
  const recent = text.trim() ? [] : recentTargets();
  const rest = named.filter((one) => !recent.some(({ path }) => path === one.path));
  const found = [
    ...recent,
    ...rest.slice(0, Math.max(0, MAX_SHOWN - others.length - recent.length)),
    ...others,
  ];
  const go = (path: string) => {
    const target = found.find((one) => one.path === path);
    if (target) remember(target);
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
        placeholder="Pages, dashboards, monitors, hosts, metrics, services, people"
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

const RECENT = "heeler.palette.recent";
const MAX_RECENT = 5;

/** What was opened through the palette in this browser, the latest first. */
function recentTargets(): Target[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(RECENT) ?? "[]");
    return Array.isArray(kept) ? kept.slice(0, MAX_RECENT) : [];
  } catch {
    return [];
  }
}

function remember(target: Target) {
  const others = recentTargets().filter(({ path }) => path !== target.path);
  const { path, title, section } = target;
  localStorage.setItem(RECENT, JSON.stringify([{ path, title, section }, ...others].slice(0, MAX_RECENT)));
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
