/** Integrations: what sends here, told from the data that came, and how to set each source up. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { api } from "~/api/client";
import type { components } from "~/api/schema";
import { formatAgo } from "~/core/time";
import { Page } from "~/shell/page";
import { useUrlState } from "~/shell/url";
import {
  Async,
  CodeBlock,
  Drawer,
  Empty,
  Field,
  Input,
  SearchInput,
  Select,
  type State,
  Status,
  Toolbar,
} from "~/ui";
import type { Place } from "../clients";
import { FirstRun } from "./firstRun";
import { stepsOf } from "./setup";
import css from "./sources.module.css";

type Integration = components["schemas"]["Integration"];

const STATES: Record<string, [State, string]> = {
  sending: ["ok", "Sending"],
  failing: ["alert", "Failing"],
  quiet: ["warn", "Silent"],
  none: ["nodata", "Not set up"],
};

const FILTERS = [
  { value: "", label: "All" },
  { value: "sending", label: "Sending" },
  { value: "failing", label: "Failing" },
  { value: "quiet", label: "Silent" },
  { value: "none", label: "Not set up" },
] as const;

export function useIntegrations() {
  return useQuery({
    queryKey: ["integrations"],
    queryFn: async ({ signal }) => (await api.GET("/api/ui/sources", { signal })).data!,
    refetchInterval: 15_000,
  });
}

export default function Integrations() {
  const [search, setSearch] = useUrlState("filter");
  const [state, setState] = useUrlState("state");
  const [open, setOpen] = useUrlState("integration");
  const query = useIntegrations();
  const text = search.toLowerCase();
  const found = (query.data?.integrations ?? []).filter(
    (one) => `${one.name} ${one.category}`.toLowerCase().includes(text) && (!state || one.state === state),
  );
  const categories = [...new Set(found.map((one) => one.category))];
  const shown = query.data?.integrations.find((one) => one.id === open);
  return (
    <Page title="Data sources">
      <FirstRun />
      <Toolbar>
        <div data-grow>
          <SearchInput main value={search} onChange={setSearch} placeholder="Search data sources" />
        </div>
        <Select label="Status" value={state as ""} options={FILTERS} onChange={setState} />
      </Toolbar>
      <Async query={query}>
        {() =>
          found.length === 0 ? (
            <Empty title="No data sources match your search" />
          ) : (
            <>
              {categories.map((category) => (
                <section key={category} className={css.category}>
                  <h2>{category}</h2>
                  <div className={css.tiles}>
                    {found
                      .filter((one) => one.category === category)
                      .map((one) => (
                        <Tile key={one.id} one={one} onOpen={() => setOpen(one.id)} />
                      ))}
                  </div>
                </section>
              ))}
              <p className="muted">
                What else was sent and not stored is listed under{" "}
                <Link href="/settings/not-stored">Not stored</Link>.
              </p>
            </>
          )
        }
      </Async>
      <Drawer title={shown?.name ?? ""} open={shown !== undefined} onClose={() => setOpen("")} width={720}>
        {shown && <Details one={shown} />}
      </Drawer>
    </Page>
  );
}

function Tile({ one, onOpen }: { one: Integration; onOpen: () => void }) {
  const [state, word] = STATES[one.state]!;
  return (
    <button type="button" className={css.tile} onClick={onOpen}>
      <strong>{one.name}</strong>
      <Status state={state}>{word}</Status>
      <small className="muted">{one.detail || "No data in the past week"}</small>
    </button>
  );
}

function Details({ one }: { one: Integration }) {
  const [apiKey, setApiKey] = useState("");
  const setup = useQuery({
    queryKey: ["setup"],
    queryFn: async ({ signal }) => (await api.GET("/api/ui/setup", { signal })).data!,
  });
  const [state, word] = STATES[one.state]!;
  return (
    <div className={css.details}>
      <p>
        <Status state={state}>{word}</Status> {one.detail}
        {one.last_seen && (
          <span className="muted num"> Last seen {formatAgo(Date.parse(one.last_seen), Date.now())}</span>
        )}
      </p>
      <p className={css.links}>
        {one.dashboard && <Link href={one.dashboard}>Dashboard</Link>}
        {one.category === "APM" && <Link href="/apm/services">Services</Link>}
        <Link href={`/monitors/manage?query=${encodeURIComponent(one.id)}`}>Monitors</Link>
        <Link href={`/logs?query=${encodeURIComponent(`source:${one.id}`)}`}>Logs</Link>
        <Link href={`/metric/summary?filter=${encodeURIComponent(one.id)}`}>Metrics</Link>
      </p>
      <Async query={setup}>
        {(data) => {
          const place: Place = {
            url: data.url || window.location.origin,
            host: data.host,
            statsdPort: data.statsd_port,
            tracePort: data.trace_port,
            apiKey: apiKey.trim() || "<API_KEY>",
            appKey: "<APP_KEY>",
          };
          const steps = stepsOf(one.id, place);
          return (
            <>
              {steps.some(({ code }) => code.includes(place.apiKey)) && (
                <Field
                  label="API key"
                  hint={
                    <>
                      Fills the commands; it stays in this page. Make one under{" "}
                      <Link href="/settings/api-keys">API keys</Link>.
                    </>
                  }
                >
                  <Input
                    value={apiKey}
                    placeholder="Paste it here"
                    onChange={(event) => setApiKey(event.target.value)}
                  />
                </Field>
              )}
              {steps.map((step) => (
                <section key={step.title}>
                  <h3>{step.title}</h3>
                  <CodeBlock code={step.code} />
                </section>
              ))}
            </>
          );
        }}
      </Async>
    </div>
  );
}
