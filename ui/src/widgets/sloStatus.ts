/** The status of an SLO over a window, and that of its groups or monitors. */
import { batched } from "~/api/batch";
import { request } from "~/api/client";
import { formulaBody, type Window } from "./request";
import { fromScalar, type ScalarAnswer } from "./tables";

export interface Member {
  name: string;
  sli_value?: number | null;
}

export interface SloStatus {
  sli: number | null;
  members: Member[];
}

interface History {
  data?: { overall?: { sli_value?: number | null }; groups?: Member[]; monitors?: Member[] };
}

/** `filters` narrow the events that are counted, as `additional_query_filters` of a widget do. */
export async function fetchSloStatus(
  id: string,
  window: Window,
  filters: string,
  signal: AbortSignal,
): Promise<SloStatus> {
  if (filters) return filtered(id, window, filters, signal);
  const { data } = await request<History>("GET", `/api/v1/slo/${encodeURIComponent(id)}/history`, {
    query: { from_ts: Math.floor(window.from / 1000), to_ts: Math.floor(window.to / 1000) },
    signal,
  });
  return { sli: data?.overall?.sli_value ?? null, members: data?.groups ?? data?.monitors ?? [] };
}

async function filtered(
  id: string,
  window: Window,
  filters: string,
  signal: AbortSignal,
): Promise<SloStatus> {
  const [overall, members] = await Promise.all(
    ["overall", "components"].map(async (group_mode) => {
      const query = {
        name: "slo",
        data_source: "slo",
        slo_id: id,
        measure: "slo_status",
        group_mode,
        additional_query_filters: filters,
      };
      const body = formulaBody({ queries: [query] }, "scalar", window);
      return fromScalar(await batched<ScalarAnswer>("scalar", body, signal), ["slo"]);
    }),
  );
  const rows = members!.rows.filter((row) => row.tags.some(Boolean));
  return {
    sli: overall!.rows[0]?.values[0] ?? null,
    members: rows.map((row) => ({
      name: row.tags.map((tag, i) => `${members!.groups[i]}:${tag}`).join(","),
      sli_value: row.values[0],
    })),
  };
}
