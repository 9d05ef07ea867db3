/** `slo` and `slo_list`: how well objectives are met, and how much of their error budget is left. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { request } from "~/api/client";
import { Async, Status } from "~/ui";
import { useWidgetScope } from "../context";
import { NoData } from "../NoData";
import { budgetLeft, SLO_WINDOWS, type SloState, sloState, sloWindow } from "../sloWindows";
import type { WidgetDefinition } from "../types";
import { substitute } from "../variables";
import css from "./views.module.css";

interface Objective {
  id: string;
  name: string;
  type: string;
  tags?: string[];
  thresholds: { timeframe: string; target: number; warning?: number | null }[];
}

interface History {
  data?: { overall?: { sli_value?: number | null }; groups?: { name: string; sli_value?: number | null }[] };
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
  const { window: page } = useWidgetScope();
  const names =
    (definition.time_windows as string[] | undefined) ?? slo.thresholds.map((one) => one.timeframe);
  const now = Math.ceil(page.to / 60_000) * 60_000;
  const windows = names.slice(0, 8).map((name) => ({ name, ...sloWindow(name, now, page) }));
  const global = Number.parseFloat(String(definition.global_time_target ?? ""));
  const results = useQueries({
    queries: windows.map(({ from, to, name }) => ({
      queryKey: ["slo-history", slo.id, name, from, to],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        request<History>("GET", `/api/v1/slo/${encodeURIComponent(slo.id)}/history`, {
          query: { from_ts: Math.floor(from / 1000), to_ts: Math.floor(to / 1000) },
          signal,
        }),
      retry: false,
      staleTime: 60_000,
    })),
  });
  return (
    <div className={css.slo}>
      {!definition.title && <strong className="truncate">{slo.name}</strong>}
      <div className={css.sloWindows}>
        {windows.map(({ name }, i) => {
          const own = slo.thresholds.find((one) => one.timeframe === name) ?? slo.thresholds[0];
          const target = name === "global_time" && Number.isFinite(global) ? global : (own?.target ?? 100);
          const sli = results[i]?.data?.data?.overall?.sli_value;
          const state = sloState(sli, target, own?.warning);
          return (
            <div key={name} data-state={state}>
              <span className="muted">{SLO_WINDOWS[name] ?? name}</span>
              <b className="num">{percent(sli)}</b>
              <Status state={state}>{WORDS[state]}</Status>
              <span className="muted num">Target {percent(target)}</span>
              {definition.show_error_budget !== false && sli !== null && sli !== undefined && (
                <span className="num">Error budget left {percent(budgetLeft(sli, target))}</span>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface SearchAnswer {
  data?: {
    attributes?: {
      slos?: {
        data: {
          id: string;
          attributes: {
            name: string;
            overall_status?: {
              status?: number | null;
              target?: number;
              error_budget_remaining?: number | null;
              timeframe?: string;
              state?: string;
            }[];
          };
        };
      }[];
    };
  };
}

const STATES: Record<string, SloState> = { ok: "ok", warning: "warn", breached: "alert", no_data: "nodata" };

export function SloList({ definition }: { definition: WidgetDefinition }) {
  const { variables, chosen } = useWidgetScope();
  const entry = (
    definition.requests as { query?: { query_string?: string; limit?: number } }[] | undefined
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
        const found = answer.data?.attributes?.slos ?? [];
        if (found.length === 0) return <NoData title="No SLOs found" />;
        return (
          <ul className={css.monitorList}>
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
