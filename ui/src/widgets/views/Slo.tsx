/** `slo` and `slo_list`: how well objectives are met, and how much of their error budget is left. */
import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";
import { request } from "~/api/client";
import { Async, Failure, Loading, Status } from "~/ui";
import { useWidgetScope } from "../context";
import { NoData } from "../NoData";
import { type FoundSlo, type SloSort, sortedSlos } from "../sloSort";
import { fetchSloStatus, type Member, type SloStatus } from "../sloStatus";
import { budgetLeft, SLO_WINDOWS, type SloState, sloState, sloWindow } from "../sloWindows";
import type { WidgetDefinition } from "../types";
import { substitute } from "../variables";
import css from "./slo.module.css";
import views from "./views.module.css";

interface Objective {
  id: string;
  name: string;
  type: string;
  tags?: string[];
  thresholds: { timeframe: string; target: number; warning?: number | null }[];
}

const WORDS: Record<SloState, string> = { ok: "OK", warn: "Warning", alert: "Breached", nodata: "No Data" };
const percent = (value: number | null | undefined) =>
  value === null || value === undefined || !Number.isFinite(value)
    ? "\u2013"
    : `${Number(value.toFixed(3))}\u2009%`.replace("-", "\u2212");

export function Slo({ definition }: { definition: WidgetDefinition }) {
  const id = String(definition.slo_id ?? "");
  const query = useQuery({
    queryKey: ["slo", id],
    // The list, not the SLO itself: a dashboard of elsewhere names SLOs that are not here.
    // The list's own signal: who leaves while it is on its way must not take it from the others.
    queryFn: async ({ client }) => {
      const all = await client.fetchQuery({
        queryKey: ["widget-slos"],
        queryFn: ({ signal }) => request<{ data: Objective[] }>("GET", "/api/v1/slo", { signal }),
        staleTime: 30_000,
      });
      return all.data.find((slo) => slo.id === id) ?? null;
    },
    enabled: id !== "",
    retry: false,
    staleTime: 30_000,
  });
  if (id === "") return <NoData title="No SLO selected" />;
  return (
    <Async query={query}>
      {(slo) =>
        slo ? <Detail definition={definition} slo={slo} /> : <NoData title={`SLO ${id} not found`} />
      }
    </Async>
  );
}

function Detail({ definition, slo }: { definition: WidgetDefinition; slo: Objective }) {
  const { variables, chosen, window: page } = useWidgetScope();
  const filters = substitute(String(definition.additional_query_filters ?? ""), variables, chosen);
  const names =
    (definition.time_windows as string[] | undefined) ?? slo.thresholds.map((one) => one.timeframe);
  const now = Math.ceil(page.to / 60_000) * 60_000;
  const windows = names.slice(0, 8).map((name) => ({ name, ...sloWindow(name, now, page) }));
  const global = Number.parseFloat(String(definition.global_time_target ?? ""));
  const client = useQueryClient();
  const results = useQueries({
    queries: windows.map(({ from, to, name }) => ({
      queryKey: ["slo-history", slo.id, name, filters, from, to],
      // What was shown stays while it moves on with the page.
      placeholderData: () =>
        client
          .getQueriesData<SloStatus>({ queryKey: ["slo-history", slo.id, name, filters] })
          .findLast(([, known]) => known)?.[1],
      queryFn: ({ signal }: { signal: AbortSignal }) => fetchSloStatus(slo.id, { from, to }, filters, signal),
      retry: false,
      staleTime: 60_000,
    })),
  });
  const failed = results.find((result) => result.error);
  if (failed) return <Failure error={failed.error} onRetry={() => failed.refetch()} />;
  const target = (name: string) => {
    const own = slo.thresholds.find((one) => one.timeframe === name) ?? slo.thresholds[0];
    return name === "global_time" && Number.isFinite(global) ? global : (own?.target ?? 100);
  };
  const members = results.map((result) => result.data?.members ?? []);
  const parts = definition.view_mode === "component" || definition.view_mode === "both";
  return (
    <div className={css.slo}>
      {!definition.title && <strong className="truncate">{slo.name}</strong>}
      {(definition.view_mode !== "component" || members.every((one) => one.length === 0)) && (
        <div className={css.sloWindows}>
          {windows.map(({ name }, i) => {
            const own = slo.thresholds.find((one) => one.timeframe === name) ?? slo.thresholds[0];
            const result = results[i];
            if (result?.isPending) return <Waiting key={name} name={name} />;
            const sli = result?.data?.sli;
            const state = sloState(sli, target(name), own?.warning);
            return (
              <div key={name} data-state={state}>
                <span className="muted">{SLO_WINDOWS[name] ?? name}</span>
                <b className="num">{percent(sli)}</b>
                <Status state={state}>{WORDS[state]}</Status>
                <span className="muted num">Target {percent(target(name))}</span>
                {definition.show_error_budget !== false && sli !== null && sli !== undefined && (
                  <span className="num">Error budget left {percent(budgetLeft(sli, target(name)))}</span>
                )}
              </div>
            );
          })}
        </div>
      )}
      {parts && !results.some((result) => result.isPending) && (
        <Members windows={windows} members={members} target={target} />
      )}
    </div>
  );
}

/** A window whose history is on its way: not one without data. */
function Waiting({ name }: { name: string }) {
  return (
    <div>
      <span className="muted">{SLO_WINDOWS[name] ?? name}</span>
      <Loading />
    </div>
  );
}

interface MembersProps {
  windows: readonly { name: string }[];
  /** Of each window. */
  members: readonly (readonly Member[])[];
  target: (name: string) => number;
}

/** A row a group or monitor, a column a window; those that met least come first. */
function Members({ windows, members, target }: MembersProps) {
  const values = members.map((list) => new Map(list.map((one) => [one.name, one.sli_value ?? null])));
  const names = [...new Set(members.flatMap((list) => list.map((one) => one.name)))];
  const least = (name: string) => Math.min(...values.map((column) => column.get(name) ?? 100));
  names.sort((a, b) => least(a) - least(b) || a.localeCompare(b));
  if (names.length === 0) return <p className="muted">This SLO has no groups</p>;
  return (
    <div className={css.sloMembers}>
      <table>
        <thead>
          <tr>
            <th>Group</th>
            {windows.map(({ name }) => (
              <th key={name}>{SLO_WINDOWS[name] ?? name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.slice(0, MAX_MEMBERS).map((member) => (
            <tr key={member}>
              <td title={member}>
                <span className="truncate">{member}</span>
              </td>
              {windows.map(({ name }, i) => {
                const sli = values[i]?.get(member);
                return (
                  <td key={name} className="num" data-state={sloState(sli, target(name))}>
                    {percent(sli)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const MAX_MEMBERS = 200;

interface SearchAnswer {
  data?: { attributes?: { slos?: FoundSlo[] } };
}

const STATES: Record<string, SloState> = { ok: "ok", warning: "warn", breached: "alert", no_data: "nodata" };

export function SloList({ definition }: { definition: WidgetDefinition }) {
  const { variables, chosen } = useWidgetScope();
  const entry = (
    definition.requests as
      | { query?: { query_string?: string; limit?: number; sort?: SloSort[] } }[]
      | undefined
  )?.[0]?.query;
  const text = substitute(entry?.query_string ?? "", variables, chosen);
  const query = useQuery({
    queryKey: ["slo-search", text, entry?.limit],
    queryFn: ({ signal }) =>
      request<SearchAnswer>("GET", "/api/v1/slo/search", {
        query: { query: text, "page[size]": Math.min(100, entry?.limit ?? 100) },
        signal,
      }),
    retry: false,
    refetchInterval: 60_000,
  });
  return (
    <Async query={query} text={text}>
      {(answer) => {
        const found = sortedSlos(answer.data?.attributes?.slos ?? [], entry?.sort);
        if (found.length === 0) return <NoData title="No SLOs found" />;
        return (
          <ul className={views.monitorList}>
            {found.map(({ data }) => {
              const status = data.attributes.overall_status?.[0];
              const state = STATES[status?.state ?? ""] ?? "nodata";
              return (
                <li key={data.id}>
                  <Status state={state}>{WORDS[state]}</Status>
                  <Link
                    href={`/slo/manage?slo_id=${data.id}`}
                    className="truncate"
                    title={data.attributes.name}
                  >
                    {data.attributes.name}
                  </Link>
                  <span className="num">{percent(status?.status)}</span>
                  <span className="muted num">
                    {status?.timeframe} target {percent(status?.target)}
                  </span>
                </li>
              );
            })}
          </ul>
        );
      }}
    </Async>
  );
}
