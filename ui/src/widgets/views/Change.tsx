/** `change`: each group now, beside the same a while before. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { request as call } from "~/api/client";
import { fromV1, type V1Answer } from "~/core/response";
import { NumberFormat } from "~/core/units";
import { Async, type Column, DataTable, Empty } from "~/ui";
import { useWidgetScope } from "../context";
import { requestsOf, type Window, windowOf } from "../request";
import { reduce } from "../tables";
import type { WidgetDefinition } from "../types";
import { substituteAll } from "../variables";

const BACK: Record<string, number> = {
  hour_before: 3_600_000,
  day_before: 86_400_000,
  week_before: 604_800_000,
  month_before: 2_592_000_000,
};

interface Changed {
  name: string;
  now: number | null;
  before: number | null;
}

async function means(q: string, window: Window, signal: AbortSignal): Promise<Map<string, number | null>> {
  const query = { query: q, from: Math.floor(window.from / 1000), to: Math.ceil(window.to / 1000) };
  const answer = await call<V1Answer>("GET", "/api/v1/query", { query, signal });
  const { series } = fromV1(answer);
  // By all tags: what tells groups apart may differ between the two windows.
  return new Map(series.map((one) => [one.tags.join(", ") || one.name, reduce(one.values)]));
}

export function Change({ definition }: { definition: WidgetDefinition }) {
  const { variables, chosen, window: page } = useWidgetScope();
  const window = windowOf(definition.time, page);
  const entry = substituteAll(requestsOf(definition)[0] ?? {}, variables, chosen);
  const text = entry.q ?? entry.queries?.[0]?.query ?? "";
  const back = BACK[String(entry.compare_to ?? "hour_before")] ?? 3_600_000;
  const query = useQuery({
    queryKey: ["change", text, back, window.from, window.to],
    enabled: text !== "",
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: async ({ signal }): Promise<Changed[]> => {
      const earlier = { from: window.from - back, to: window.to - back };
      const [now, before] = await Promise.all([means(text, window, signal), means(text, earlier, signal)]);
      return [...now].map(([name, value]) => ({ name, now: value, before: before.get(name) ?? null }));
    },
  });
  return (
    <Async query={query} text={text}>
      {(rows) =>
        rows.length === 0 ? (
          <Empty title="No data for this query in this window" />
        ) : (
          <Changes rows={rows} good={entry.increase_good} />
        )
      }
    </Async>
  );
}

const difference = (row: Changed) => (row.now === null || row.before === null ? null : row.now - row.before);

function Changes({ rows, good }: { rows: Changed[]; good: unknown }) {
  const format = new NumberFormat();
  const columns: Column<Changed>[] = [
    {
      key: "name",
      title: "Group",
      cell: (row) => <span className="truncate">{row.name}</span>,
      sort: (row) => row.name,
    },
    {
      key: "before",
      title: "Before",
      number: true,
      cell: (row) => format.format(row.before),
      sort: (row) => row.before,
    },
    { key: "now", title: "Now", number: true, cell: (row) => format.format(row.now), sort: (row) => row.now },
    {
      key: "change",
      title: "Change",
      number: true,
      sort: difference,
      cell: (row) => {
        const value = difference(row);
        const rising = (value ?? 0) > 0;
        const color = !value ? undefined : rising === (good === true) ? "var(--ok)" : "var(--alert)";
        return <span style={{ color }}>{`${rising ? "▲ " : value ? "▼ " : ""}${format.format(value)}`}</span>;
      },
    },
  ];
  const initial = { key: "change", descending: true };
  return (
    <DataTable
      label="Changes"
      rows={rows}
      columns={columns}
      rowKey={(row) => row.name}
      initialSort={initial}
    />
  );
}
