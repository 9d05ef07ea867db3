/** Ctrl+K: every page and every dashboard, by a few letters of its name. */
import { type KeyboardEvent, useMemo, useState } from "react";
import { useLocation } from "wouter";
import { useDashboards } from "~/pages/dashboards/api";
import { PAGES } from "~/pages/register";
import { Dialog, SearchInput } from "~/ui";
import css from "./shell.module.css";

export function GoTo({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog title="Go to" open={open} onClose={onClose}>
      <Palette onDone={onClose} />
    </Dialog>
  );
}

function Palette({ onDone }: { onDone: () => void }) {
  const [text, setText] = useState("");
  const [index, setIndex] = useState(0);
  const [, navigate] = useLocation();
  const boards = useDashboards();
  const found = useMemo(() => {
    const pages = PAGES.filter((page) => page.section);
    const named = (boards.data?.dashboards ?? []).map(({ id, title }) => ({
      path: `/dashboard/${id}`,
      title,
      section: "Dashboards",
    }));
    return [...pages, ...named].filter((page) => matches(`${page.section} ${page.title}`, text)).slice(0, 12);
  }, [text, boards.data]);
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
        placeholder="Page or dashboard"
        onChange={(value) => {
          setText(value);
          setIndex(0);
        }}
      />
      <div role="listbox" aria-label="Pages">
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
