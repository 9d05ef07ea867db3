/** `flame_graph`: the slowest trace that a search finds, span by span. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link } from "wouter";
import { request } from "~/api/client";
import { layOut, type Span } from "~/core/flame";
import { slotStyle } from "~/core/palette";
import { consistentSlot } from "~/core/seriesPalette";
import { Flame } from "~/pages/apm/flame";
import { fetchTrace } from "~/pages/apm/traceData";
import { Async } from "~/ui";
import { useWidgetScope } from "../context";
import { NoData } from "../NoData";
import { windowOf } from "../request";
import type { WidgetDefinition } from "../types";
import { substitute } from "../variables";

interface Rows {
  traces: { trace_id: string; duration: number }[];
}

/** The search of the request, whatever shape it has: this type is in no public description. */
function searchOf(definition: WidgetDefinition): string {
  const text = JSON.stringify(definition.requests ?? definition.query ?? "");
  return /"(?:query_string|query)":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1]?.replaceAll('\\"', '"') ?? "";
}

export function FlameGraph({ definition }: { definition: WidgetDefinition }) {
  const { variables, chosen, window: page } = useWidgetScope();
  const window = windowOf(definition.time, page);
  const text = substitute(searchOf(definition), variables, chosen) || "*";
  const query = useQuery({
    queryKey: ["flame-graph", text, window.from, window.to],
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: async ({ signal }) => {
      const params = {
        query: text,
        start: new Date(window.from).toISOString(),
        end: new Date(window.to).toISOString(),
        limit: 50,
      };
      const { traces } = await request<Rows>("GET", "/api/ui/apm/traces", { query: params, signal });
      const slowest = [...traces].sort((a, b) => b.duration - a.duration)[0];
      if (!slowest) return null;
      const trace = await fetchTrace(slowest.trace_id, signal);
      return { id: slowest.trace_id, spans: trace.spans };
    },
  });
  return (
    <Async query={query} text={text}>
      {(found) => (found ? <Drawn id={found.id} spans={found.spans} /> : <NoData title="No traces match" />)}
    </Async>
  );
}

function Drawn({ id, spans }: { id: string; spans: Span[] }) {
  const boxes = useMemo(() => layOut(spans), [spans]);
  return (
    <div style={{ display: "flex", flexDirection: "column", overflow: "auto" }}>
      <Flame
        boxes={boxes}
        color={(span) => slotStyle(consistentSlot(span.service)).color}
        matching={null}
        selected={null}
        onSelect={() => undefined}
      />
      <Link href={`/apm/trace/${id}`}>View trace</Link>
    </div>
  );
}
