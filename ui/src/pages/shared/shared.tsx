/** A dashboard for readers without an account: no navigation, no menus, only what was shared. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useMemo, useState } from "react";
import { sendBatchesTo } from "~/api/batch";
import { ApiFailure, request } from "~/api/client";
import { liveRange, type TimeRange } from "~/core/time";
import { VariableBar } from "~/pages/dashboards/variableBar";
import { TimePicker } from "~/shell/timePicker";
import { useTimeRange } from "~/shell/timeRange";
import { Async, Button, Field, Input, Toolbar } from "~/ui";
import { WidgetScopeProvider } from "~/widgets/context";
import { Grid } from "~/widgets/Grid";
import { spanOf } from "~/widgets/request";
import type { Chosen, Dashboard } from "~/widgets/types";
import { defaultsOf } from "~/widgets/variables";
import css from "./shared.module.css";

interface SharedBoard {
  title: string;
  settings: {
    global_time: { live_span?: string };
    global_time_selectable_enabled: boolean;
    selectable_template_vars: { name?: string; default_value?: string; visible_tags?: string[] | null }[];
    viewing_preferences: { high_density?: boolean; theme?: "dark" | "light" | "system" };
  };
  dashboard: Dashboard;
}

const HOUR = 3_600_000;
const REFRESH_MS = 60_000;

export default function Shared({ token }: { token: string }) {
  const key = new URLSearchParams(window.location.search).get("key") ?? "";
  const path = `/api/public/dashboards/${encodeURIComponent(token)}`;
  const [unlocked, setUnlocked] = useState(() => sessionStorage.getItem(`heeler.unlock.${token}`) ?? "");
  const headers = useMemo(
    () => ({ "X-Share-Key": key, ...(unlocked && { "X-Share-Unlock": unlocked }) }),
    [key, unlocked],
  );
  useMemo(() => sendBatchesTo(`${path}/query`, headers), [path, headers]);
  const query = useQuery({
    queryKey: ["shared", token, key, unlocked],
    queryFn: ({ signal }) => request<SharedBoard>("GET", path, { headers, signal }),
    retry: false,
  });
  const locked = query.error instanceof ApiFailure && query.error.status === 401;
  const open = (found: string) => {
    sessionStorage.setItem(`heeler.unlock.${token}`, found);
    setUnlocked(found);
  };
  return (
    <main className={css.page}>
      {locked ? (
        <PasswordForm path={path} shareKey={key} onUnlocked={open} />
      ) : (
        <Async query={query}>{(board) => <Board board={board} />}</Async>
      )}
    </main>
  );
}

interface PasswordFormProps {
  path: string;
  shareKey: string;
  onUnlocked: (key: string) => void;
}

function PasswordForm({ path, shareKey, onUnlocked }: PasswordFormProps) {
  const [password, setPassword] = useState("");
  const unlock = useMutation({
    mutationFn: () =>
      request<{ key: string }>("POST", `${path}/unlock`, {
        body: { password },
        headers: { "X-Share-Key": shareKey },
      }),
    onSuccess: ({ key }) => onUnlocked(key),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    unlock.mutate();
  };
  return (
    <form className={css.password} onSubmit={submit}>
      <h1>This dashboard is protected by a password</h1>
      <Field label="Password" error={unlock.error?.message}>
        <Input
          type="password"
          autoFocus
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      <Button type="submit" kind="primary" disabled={password === "" || unlock.isPending}>
        Open dashboard
      </Button>
    </form>
  );
}

function Board({ board }: { board: SharedBoard }) {
  const { settings, dashboard } = board;
  const range = useSharedRange(board);
  const offered = useMemo(() => offeredVariables(board), [board]);
  const [chosen, setChosen] = useState<Chosen>(() => startOf(board));
  useEffect(() => {
    document.title = board.title;
    const theme = settings.viewing_preferences.theme;
    if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  }, [board, settings]);
  const scope = useMemo(
    () => ({
      variables: dashboard.template_variables ?? [],
      chosen,
      window: { from: range.from, to: range.to },
      refresh: range.live ? REFRESH_MS : null,
      shared: true,
    }),
    [dashboard, chosen, range],
  );
  const choose = (name: string, value: string | null) => {
    const none = mayBeUnfiltered(board, name) ? [] : (startOf(board)[name] ?? []);
    setChosen({ ...chosen, [name]: value && value !== "*" ? [value] : none });
  };
  return (
    <WidgetScopeProvider value={scope}>
      <Toolbar>
        <h1>{board.title}</h1>
        <span data-grow />
        {settings.global_time_selectable_enabled ? (
          <TimePicker />
        ) : (
          <span className="muted">Past {settings.global_time.live_span ?? "1h"}</span>
        )}
      </Toolbar>
      <VariableBar variables={offered} chosen={chosen} onChoose={choose} />
      <Grid
        layoutType={dashboard.layout_type}
        widgets={dashboard.widgets}
        dense={settings.viewing_preferences.high_density ?? null}
      />
    </WidgetScopeProvider>
  );
}

/** The page's range where readers choose it; else the span that is shared, which moves on. */
function useSharedRange({ settings }: SharedBoard): TimeRange {
  const { range } = useTimeRange();
  const [now, setNow] = useState(Date.now);
  const selectable = settings.global_time_selectable_enabled;
  useEffect(() => {
    if (selectable) return;
    const timer = setInterval(() => setNow(Date.now()), REFRESH_MS);
    return () => clearInterval(timer);
  }, [selectable]);
  const span = spanOf(settings.global_time) ?? HOUR;
  return useMemo(() => (selectable ? range : liveRange(span, now)), [selectable, range, now, span]);
}

/** Variables that readers may choose, with the values that they are offered. */
function offeredVariables({ settings, dashboard }: SharedBoard) {
  return (dashboard.template_variables ?? []).flatMap((variable) => {
    const own = settings.selectable_template_vars.find((one) => one.name === variable.name);
    if (!own) return [];
    const values = own.visible_tags?.length ? own.visible_tags : (variable.available_values ?? []);
    return [{ ...variable, available_values: values.length > 0 ? values : defaultsOf(variable).concat("*") }];
  });
}

/** Whether readers may see every value at once: where all are offered, or `*` is one of them. */
function mayBeUnfiltered({ settings, dashboard }: SharedBoard, name: string): boolean {
  const own = settings.selectable_template_vars.find((one) => one.name === name);
  const variable = dashboard.template_variables?.find((one) => one.name === name);
  const values = own?.visible_tags ?? [];
  return !values.length || values.includes("*") || !variable || defaultsOf(variable).length === 0;
}

function startOf({ settings, dashboard }: SharedBoard): Chosen {
  return Object.fromEntries(
    (dashboard.template_variables ?? []).map((variable) => {
      const own = settings.selectable_template_vars.find((one) => one.name === variable.name);
      const value = own?.default_value;
      return [variable.name, value && value !== "*" ? [value] : defaultsOf(variable)];
    }),
  );
}
