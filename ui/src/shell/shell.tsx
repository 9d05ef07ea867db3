import { type ReactNode, useEffect, useRef, useState } from "react";
import { toast } from "~/ui";
import { AllPages } from "./allPages";
import { CommandPalette } from "./commandPalette";
import { Help } from "./help";
import { useShortcuts } from "./keys";
import { Nav } from "./nav";
import { toggleTv, usePreferences } from "./preferences";
import css from "./shell.module.css";
import { Warnings } from "./warnings";

type Layer = "palette" | "help" | "pages" | null;

export function Shell({ children }: { children: ReactNode }) {
  const { collapsed, tv } = usePreferences();
  const [layer, setLayer] = useState<Layer>(null);
  const content = useRef<HTMLElement>(null);
  const close = () => setLayer(null);
  useShortcuts([
    { keys: "?", does: "Show keyboard shortcuts", run: () => setLayer("help") },
    { keys: "Ctrl+K", does: "Search or jump to", run: () => setLayer("palette") },
    { keys: "/", does: "Focus the search", run: focusSearch },
    { keys: "F", does: "TV mode", run: toggleTv },
    ...(tv ? [{ keys: "Esc", does: "Leave TV mode", run: toggleTv }] : []),
  ]);
  useEffect(() => {
    if (tv) toast("TV mode: F or Esc leaves it");
  }, [tv]);
  return (
    <div className={css.shell} data-collapsed={collapsed || undefined}>
      <button type="button" className={css.skip} onClick={() => content.current?.focus()}>
        Skip to content
      </button>
      <Nav
        onGoTo={() => setLayer("palette")}
        onHelp={() => setLayer("help")}
        onPages={() => setLayer("pages")}
      />
      <main className={css.main} ref={content} tabIndex={-1}>
        <Warnings />
        {children}
      </main>
      <CommandPalette open={layer === "palette"} onClose={close} />
      <AllPages open={layer === "pages"} onClose={close} />
      <Help open={layer === "help"} onClose={close} />
    </div>
  );
}

function focusSearch() {
  document.querySelector<HTMLElement>("[data-main-search]")?.focus();
}
