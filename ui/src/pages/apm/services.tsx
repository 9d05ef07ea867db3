/** All services that send traces, with their load, errors and latency. */

import { Link } from "wouter";
import { timeAsked } from "~/core/time";
import { MutedBadge } from "~/pages/monitors/muteScope";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlState } from "~/shell/url";
import { Async, Button, type Column, DataTable, Empty, SearchInput, Select, Toolbar, useFormer } from "~/ui";
import { type Service, useServices } from "./api";
import { errorsColumn, latencyColumns, rateColumn } from "./statColumns";
import css from "./trace.module.css";

/** Choices of environments; the one that is chosen is among them though nothing of it was seen. */
export function envOptions(envs: readonly string[] | undefined, chosen: string) {
  const names = [...new Set([...(envs ?? []), chosen])].filter(Boolean).sort();
  return [{ value: "", label: "All" }, ...names.map((value) => ({ value, label: value }))];
}

const addressOf = (service: string, env: string) =>
  `/apm/services/${encodeURIComponent(service)}${env ? `?env=${encodeURIComponent(env)}` : ""}`;

const columns = (env: string): Column<Service>[] => [
  {
    key: "service",
    title: "Service",
    width: "minmax(160px, 2fr)",
    sort: (row) => row.service,
    cell: (row) => (
      <span style={{ display: "flex", gap: "var(--s-3)", alignItems: "center", minWidth: 0 }}>
        <Link href={addressOf(row.service, env)} className="truncate">
          {row.service}
        </Link>
        <MutedBadge scope={[`service:${row.service}`, env && `env:${env}`].filter(Boolean).join(",")} />
      </span>
    ),
  },
  { key: "type", title: "Type", width: "90px", sort: (row) => row.type, cell: (row) => row.type },
  { key: "env", title: "Env", width: "130px", cell: (row) => row.envs.filter(Boolean).join(", ") },
  rateColumn(),
  errorsColumn(),
  ...latencyColumns("p50", "p95", "p99"),
];

export default function Services() {
  const [env, setEnv] = useUrlState("env");
  const [search, setSearch] = useUrlState("search");
  const { range } = useTimeRange();
  const query = useServices(env, range);
  const former = useFormer(query, env, timeAsked(range));
  const envs = envOptions(query.data?.envs, env);
  return (
    <Page title="Services" time fill>
      <p className={css.explain}>
        A <b>service</b> is a set of processes that do the same job, such as a web application; a{" "}
        <b>resource</b> is one particular action of a service, such as an endpoint or a query.
      </p>
      <Toolbar>
        <SearchInput main value={search} onChange={setSearch} placeholder="Search services" />
        <Select label="Env" value={env} options={envs} onChange={setEnv} />
      </Toolbar>
      <Async query={query} former={former}>
        {({ services }) => {
          const rows = services.filter((row) => row.service.toLowerCase().includes(search.toLowerCase()));
          if (rows.length > 0) {
            return (
              <DataTable
                label="Services"
                rows={rows}
                columns={columns(env)}
                rowKey={(row) => row.service}
                initialSort={{ key: "hits", descending: true }}
              />
            );
          }
          return (
            <Empty
              title="No services found"
              actions={
                <Link href="/get-started">
                  <Button>Set up APM</Button>
                </Link>
              }
            >
              Start an application with <code>ddtrace-run</code>; it finds the agent on port 8126.
            </Empty>
          );
        }}
      </Async>
    </Page>
  );
}
