/** How to point each client here: the commands, ready to copy, with this server's address in them. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { api } from "~/api/client";
import type { components } from "~/api/schema";
import { Page } from "~/shell/page";
import { useUrlState } from "~/shell/url";
import { Async, CodeBlock, Field, Input, Notice, Panel, Properties, Tabs } from "~/ui";
import { CLIENTS, type Place } from "./clients";
import css from "./getStarted.module.css";

type Setup = components["schemas"]["Setup"];

export default function GetStarted() {
  const setup = useQuery({
    queryKey: ["setup"],
    queryFn: async ({ signal }) => (await api.GET("/api/ui/setup", { signal })).data!,
  });
  return (
    <Page title="Get started">
      <Async query={setup}>{(data) => <Guide setup={data} />}</Async>
    </Page>
  );
}

function Guide({ setup }: { setup: Setup }) {
  const [client, setClient] = useUrlState("client", CLIENTS[0]!.id);
  const [apiKey, setApiKey] = useState("");
  const [appKey, setAppKey] = useState("");
  const place: Place = {
    url: window.location.protocol === "https:" ? setup.url : setup.url || window.location.origin,
    host: setup.host,
    statsdPort: setup.statsd_port,
    tracePort: setup.trace_port,
    apiKey: apiKey.trim() || "<API_KEY>",
    appKey: appKey.trim() || "<APP_KEY>",
  };
  return (
    <div className={css.columns}>
      <Panel className={css.main}>
        <div className={css.inside}>
          <Tabs
            value={client}
            onChange={setClient}
            items={CLIENTS.map((one) => ({
              value: one.id,
              label: one.name,
              content: (
                <div className={css.steps}>
                  <p>{one.about}</p>
                  {one.steps(place).map((step) => (
                    <section key={step.title}>
                      <h3>{step.title}</h3>
                      <CodeBlock code={step.code} />
                    </section>
                  ))}
                </div>
              ),
            }))}
          />
        </div>
      </Panel>
      <div className={css.side}>
        <Panel title="Keys">
          <div className={css.inside}>
            <Field label="API key" hint="Fills the commands; it stays in this page.">
              <Input
                value={apiKey}
                placeholder="paste it here"
                onChange={(event) => setApiKey(event.target.value)}
              />
            </Field>
            <Field label="Application key" hint="Needed to read and to create dashboards and monitors.">
              <Input
                value={appKey}
                placeholder="paste it here"
                onChange={(event) => setAppKey(event.target.value)}
              />
            </Field>
            <p className="muted">
              Secrets are shown once, when a key is made. Make more under{" "}
              <Link href="/settings/api-keys">API keys</Link> and{" "}
              <Link href="/settings/application-keys">Application keys</Link>.
            </p>
            <Properties
              items={setup.api_keys.map((key) => [
                key.name,
                <code key={key.id}>{key.masked.replace(/^\*+/, "…")}</code>,
              ])}
            />
          </div>
        </Panel>
        <Panel title="This server">
          <div className={css.inside}>
            <Properties
              items={[
                ["Address", <code key="url">{setup.url}</code>],
                ["DogStatsD", <code key="statsd">{`${setup.host}:${setup.statsd_port}/udp`}</code>],
                ["Traces", <code key="trace">{`${setup.host}:${setup.trace_port}`}</code>],
                ["Version", setup.version],
              ]}
            />
          </div>
          {!setup.mail && <Notice state="info">Mail stays in the outbox. Set HEELER_SMTP to send it.</Notice>}
        </Panel>
      </div>
    </div>
  );
}
