/** One's own settings: appearance, time zone, name, password, sessions. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { api, request } from "~/api/client";
import { type Me, useMe } from "~/api/session";
import { formatMoment } from "~/core/time";
import { zoneName, zoneOffset } from "~/core/zone";
import { Page } from "~/shell/page";
import { setDensity, setTheme, setTimeZone, usePreferences } from "~/shell/preferences";
import { Button, Field, Input, Panel, Segments, toast } from "~/ui";
import { SecondFactor } from "./secondFactor";
import { Sessions } from "./sessions";
import css from "./settings.module.css";

const THEMES = [
  { value: "system", label: "System" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
] as const;
const DENSITIES = [
  { value: "normal", label: "Normal" },
  { value: "compact", label: "Compact" },
] as const;

export default function Preferences() {
  const me = useMe();
  return (
    <Page title="Preferences">
      <div className={css.panels}>
        <Appearance />
        {me.data && <Profile me={me.data} />}
        <Password />
        <SecondFactor />
        <Sessions />
      </div>
    </Page>
  );
}

function Choice({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={css.choice}>
      <span>{label}</span>
      {children}
    </div>
  );
}

function Appearance() {
  const { theme, density, zone } = usePreferences();
  const zones = [
    { value: "local", label: `Local, ${zoneOffset(Date.now())}` },
    { value: "utc", label: "UTC" },
  ] as const;
  return (
    <Panel title="Appearance">
      <div className={css.panel}>
        <Choice label="Theme">
          <Segments label="Theme" value={theme} options={THEMES} onChange={setTheme} />
        </Choice>
        <Choice label="Density">
          <Segments label="Density" value={density} options={DENSITIES} onChange={setDensity} />
        </Choice>
        <Choice label="Time zone">
          <Segments label="Time zone" value={zone} options={zones} onChange={setTimeZone} />
        </Choice>
        <p className="muted">
          It is {formatMoment(Date.now(), false)} ({zoneName(Date.now())}).
        </p>
      </div>
    </Panel>
  );
}

function Profile({ me }: { me: Me }) {
  const [name, setName] = useState(me.name);
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () => {
      const body = { data: { id: me.id, type: "users", attributes: { name } } };
      return request("PATCH", "/api/v2/current_user", { body });
    },
    onSuccess: () => {
      toast("Saved");
      return client.invalidateQueries({ queryKey: ["me"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Panel title="Profile" hint={`${me.email} · ${me.role}`}>
      <form className={css.panel} onSubmit={submit}>
        <Field label="Name" hint="Shown beside what you create." error={save.error?.message}>
          <Input value={name} autoComplete="name" onChange={(event) => setName(event.target.value)} />
        </Field>
        <div>
          <Button type="submit" disabled={name === me.name || save.isPending}>
            Save name
          </Button>
        </div>
      </form>
    </Panel>
  );
}

function Password() {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => api.POST("/api/ui/password", { body: { current, new: next } }),
    onSuccess: () => {
      setCurrent("");
      setNext("");
      toast("Password changed. Your other sessions have ended");
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <Panel title="Password">
      <form className={css.panel} onSubmit={submit}>
        <Field label="Current password" error={change.error?.message}>
          <Input
            type="password"
            autoComplete="current-password"
            value={current}
            onChange={(event) => setCurrent(event.target.value)}
          />
        </Field>
        <Field label="New password" hint="At least 8 characters. Longer is better.">
          <Input
            type="password"
            autoComplete="new-password"
            value={next}
            onChange={(event) => setNext(event.target.value)}
          />
        </Field>
        <div>
          <Button type="submit" disabled={!current || !next || change.isPending}>
            Change password
          </Button>
        </div>
      </form>
    </Panel>
  );
}
