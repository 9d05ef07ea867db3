/** The navigation at the left; its entries come from the register of pages. */
import { useQuery } from "@tanstack/react-query";
import { Fragment } from "react";
import { Link, useLocation } from "wouter";
import { request } from "~/api/client";
import { useLogout, useMe } from "~/api/session";
import { NAV, type NavSection, pagesOf, placeOf } from "~/pages/register";
import { Icon, Menu, MenuItem, MenuSeparator } from "~/ui";
import { Logo } from "~/ui/icons";
import { setDensity, setNavCollapsed, setTheme, type Theme, usePreferences } from "./preferences";
import css from "./shell.module.css";

interface NavProps {
  onGoTo: () => void;
  onHelp: () => void;
  onPages: () => void;
}

export function Nav({ onGoTo, onHelp, onPages }: NavProps) {
  const { collapsed } = usePreferences();
  return (
    <nav className={`${css.nav} ${collapsed ? css.collapsed : ""}`} aria-label="Main">
      <Link href="/" className={css.brand}>
        <Logo />
        <span>Heeler</span>
      </Link>
      <button type="button" className={css.item} onClick={onGoTo} title="Search or jump to (Ctrl+K)">
        <Icon name="search" />
        <span>Search…</span>
        <kbd>Ctrl K</kbd>
      </button>
      <button type="button" className={`${css.item} ${css.allPages}`} onClick={onPages} title="All pages">
        <Icon name="menu" />
        <span>All pages</span>
      </button>
      <hr />
      {NAV.map((section) => (
        <Fragment key={section.name}>
          {section.name === "Settings" && <hr />}
          <Section section={section} />
        </Fragment>
      ))}
      <div className={css.spacer} />
      <div className={css.foot}>
        <button type="button" className={css.item} onClick={onHelp} title="Keyboard shortcuts (?)">
          <Icon name="help" />
          <span>Shortcuts</span>
          <kbd>?</kbd>
        </button>
        <Appearance />
        <Account />
      </div>
    </nav>
  );
}

function Section({ section }: { section: NavSection }) {
  const [location] = useLocation();
  const granted = useMe().data?.permissions ?? [];
  const entries = pagesOf(section.name, granted);
  const first = entries[0];
  if (!first) return null;
  const current = placeOf(location);
  const active = current?.section === section.name;
  const several = entries.length > 1;
  return (
    <>
      <Link
        href={first.path}
        className={css.item}
        title={section.name}
        aria-current={active && !several ? "page" : undefined}
      >
        <Icon name={section.icon} />
        <span>{section.name}</span>
        {section.name === "Monitors" && <Alerting />}
      </Link>
      {several &&
        active &&
        entries.map((entry) => (
          <Link
            key={entry.path}
            href={entry.path}
            className={`${css.item} ${css.sub}`}
            aria-current={entry === current ? "page" : undefined}
          >
            <span>{entry.title}</span>
          </Link>
        ))}
    </>
  );
}

/** How many monitors are in alert. */
function Alerting() {
  const query = useQuery({
    queryKey: ["monitors", "alerting"],
    queryFn: ({ signal }) =>
      request<MonitorCounts>("GET", "/api/v1/monitor/search", {
        query: { query: "status:alert", per_page: 1 },
        signal,
      }),
    refetchInterval: 30_000,
  });
  const count = query.data?.metadata.total_count ?? 0;
  if (count === 0) return null;
  return (
    <b className={css.badge} title={`${count} in alert`}>
      {count}
      <i className="visually-hidden"> in alert</i>
    </b>
  );
}

interface MonitorCounts {
  metadata: { total_count: number };
}

const THEMES: [Theme, string][] = [
  ["system", "System"],
  ["light", "Light"],
  ["dark", "Dark"],
];

function Appearance() {
  const { theme, density, collapsed } = usePreferences();
  return (
    <Menu
      trigger={
        <button type="button" className={css.item} title="Appearance">
          <Icon name="moon" />
          <span>Appearance</span>
        </button>
      }
    >
      {THEMES.map(([value, label]) => (
        <MenuItem key={value} checked={theme === value} onSelect={() => setTheme(value)}>
          {label}
        </MenuItem>
      ))}
      <MenuSeparator />
      <MenuItem
        checked={density === "compact"}
        onSelect={() => setDensity(density === "compact" ? "normal" : "compact")}
      >
        Compact
      </MenuItem>
      <MenuItem checked={collapsed} onSelect={() => setNavCollapsed(!collapsed)}>
        Collapse navigation
      </MenuItem>
    </Menu>
  );
}

function Account() {
  const me = useMe();
  const logout = useLogout();
  const [, navigate] = useLocation();
  return (
    <Menu
      trigger={
        <button type="button" className={css.item} title={me.data?.email}>
          <Icon name="user" />
          <span>{me.data?.email ?? "Account"}</span>
        </button>
      }
    >
      <MenuItem icon="settings" onSelect={() => navigate("/settings/preferences")}>
        Preferences
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon="logout" onSelect={() => logout.mutate()}>
        Log out
      </MenuItem>
    </Menu>
  );
}
