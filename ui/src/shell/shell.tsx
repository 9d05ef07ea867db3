import { type ReactNode, useRef, useState } from "react";
import { GoTo } from "./commandPalette";
import { Help } from "./help";
import { useShortcuts } from "./keys";
import { Nav } from "./nav";
import { toggleTv, usePreferences } from "./preferences";
import css from "./shell.module.css";
import { Warnings } from "./warnings";

type Layer = "goto" | "help" | null;

export function Shell({ children }: { children: ReactNode }) {
  const { collapsed } = usePreferences();
  const [layer, setLayer] = useState<Layer>(null);
  const content = useRef<HTMLElement>(null);
  const close = () => setLayer(null);
  useShortcuts([
    { keys: "?", does: "Show these shortcuts", run: () => setLayer("help") },
    { keys: "Ctrl+K", does: "Go to a page", run: () => setLayer("goto") },
    { keys: "/", does: "Focus the search", run: focusSearch },
    { keys: "F", does: "TV mode", run: toggleTv },
  ]);
  return (
    <div className={css.shell} data-collapsed={collapsed || undefined}>
      <button type="button" className={css.skip} onClick={() => content.current?.focus()}>
        Skip to content
      </button>
      <Nav onGoTo={() => setLayer("goto")} onHelp={() => setLayer("help")} />
      <main className={css.main} ref={content} tabIndex={-1}>
        <Warnings />
        {children}
      </main>
      <GoTo open={layer === "goto"} onClose={close} />
      <Help open={layer === "help"} onClose={close} />
    </div>
  );
}

function focusSearch() {
  document.querySelector<HTMLElement>("[data-main-search]")?.focus();
}
