/** Monitors and SLOs of a service with their state: those tagged with it, limited to it, or grouped by it. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { request } from "~/api/client";
import { STATES } from "~/pages/monitors/api";
import { type Hit, STATES as SLO_STATES, useSlos } from "~/pages/slos/api";
import { leftOf, percent } from "~/pages/slos/format";
import { type Column, DataTable, Panel, Status } from "~/ui";
import css from "./trace.module.css";

export interface ServiceMonitor {
  id: number;
  name: string;
  type: string;
  status: string;
  query: string;
}

interface Found {
  monitors: ServiceMonitor[];
}
interface FoundGroups {
  groups: { monitor_id: number; monitor_name: string; status: string; group: string }[];
}

const ORDER = ["Alert", "Warn", "No Data", "OK"];
const order = (status: string) => (ORDER.includes(status) ? ORDER.indexOf(status) : ORDER.length);
const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

export function useServiceMonitors(service: string) {
  return useQuery({
    queryKey: ["service-monitors", service],
    refetchInterval: 60_000,
    queryFn: async ({ signal }) => {
      const scope = quoted(`service:${service}`);
      const search = (path: string, query: string) =>
        request("GET", path, { query: { query, per_page: 100 }, signal });
      const [own, grouped] = (await Promise.all([
        search("/api/v1/monitor/search", `service:${quoted(service)} OR scope:${scope}`),
        search("/api/v1/monitor/groups/search", `group:${scope}`),
      ])) as [Found, FoundGroups];
      const monitors = [...own.monitors];
      const known = new Set(monitors.map((one) => one.id));
      for (const { monitor_id: id, monitor_name: name, status, group } of grouped.groups) {
        if (!known.has(id)) monitors.push({ id, name: `${name} (${group})`, type: "", status, query: "" });
      }
      return monitors.sort((a, b) => order(a.status) - order(b.status));
    },
  });
}

export const useServiceSlos = (service: string) => useSlos(`service:${quoted(service)}`);

const MONITOR_COLUMNS: Column<ServiceMonitor>[] = [
  {
    key: "status",
    title: "Status",
    width: "110px",
    sort: (row) => order(row.status),
    cell: (row) => <Status state={STATES[row.status] ?? "nodata"}>{row.status}</Status>,
  },
  {
    key: "name",
    title: "Name",
    width: "minmax(200px, 2fr)",
    sort: (row) => row.name,
    cell: (row) => (
      <Link className="truncate" href={`/monitors/${row.id}`}>
        {row.name}
      </Link>
    ),
  },
  {
    key: "query",
    title: "Query",
    width: "minmax(200px, 3fr)",
    cell: (row) => (
      <code className="truncate muted" title={row.query}>
        {row.query}
      </code>
    ),
  },
];

const SLO_COLUMNS: Column<Hit>[] = [
  {
    key: "status",
    title: "Status",
    width: "110px",
    cell: (slo) => (
      <Status state={SLO_STATES[slo.status.state].state}>{SLO_STATES[slo.status.state].label}</Status>
    ),
  },
  {
    key: "name",
    title: "Name",
    width: "minmax(200px, 3fr)",
    cell: (slo) => (
      <Link className="truncate" href={`/slo/${slo.id}`}>
        {slo.name}
      </Link>
    ),
  },
  {
    key: "sli",
    title: "SLI",
    number: true,
    cell: (slo) => percent(slo.status.sli, slo.status.span_precision),
  },
  {
    key: "budget",
    title: "Error budget left",
    width: "190px",
    number: true,
    cell: (slo) =>
      slo.status.error_budget_remaining === null
        ? "–"
        : `${percent(slo.status.error_budget_remaining, 1)} · ${leftOf(slo.status.raw_error_budget_remaining)}`,
  },
];

const heightOf = (rows: number) => 40 + Math.min(12, Math.max(2, rows)) * 30;

export function ServiceAlerts({ service }: { service: string }) {
  const monitors = useServiceMonitors(service);
  const slos = useServiceSlos(service);
  const found = monitors.data ?? [];
  const hits = slos.data?.hits ?? [];
  return (
    <div className={css.sections}>
      <Panel
        title={`Monitors ${found.length}`}
        hint={`Tagged service:${service}, limited to it or grouped by it`}
      >
        <div style={{ height: heightOf(found.length) }}>
          <DataTable
            label="Monitors"
            rows={found}
            columns={MONITOR_COLUMNS}
            rowKey={(row) => `${row.id} ${row.name}`}
            empty={monitors.isPending ? "Loading" : "No monitors of this service"}
          />
        </div>
      </Panel>
      <Panel title={`SLOs ${hits.length}`} hint={`Tagged service:${service}`}>
        <div style={{ height: heightOf(hits.length) }}>
          <DataTable
            label="SLOs"
            rows={hits}
            columns={SLO_COLUMNS}
            rowKey={(row) => row.id}
            empty={slos.isPending ? "Loading" : "No SLOs of this service"}
          />
        </div>
      </Panel>
    </div>
  );
}
