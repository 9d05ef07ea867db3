/** `funnel`: how many remain at each step, as bars with the conversion between them. */
import { useQuery } from "@tanstack/react-query";
import { request as call } from "~/api/client";
import { NumberFormat } from "~/core/units";
import { Async } from "~/ui";
import { useWidgetScope } from "../context";
import { type Bar, barsOf, funnelRequest, stepSearch } from "../funnelSteps";
import { NoData } from "../NoData";
import { windowOf } from "../request";
import type { WidgetDefinition } from "../types";
import { substitute } from "../variables";
import css from "./funnel.module.css";

interface Buckets {
  data: { buckets: { computes: Record<string, number> }[] };
}

const MAX_STEPS = 20;

export function Funnel({ definition }: { definition: WidgetDefinition }) {
  const { variables, chosen, window: page } = useWidgetScope();
  const window = windowOf(definition.time, page);
  const { source, search, steps } = funnelRequest(definition.requests);
  const shown = steps.slice(0, MAX_STEPS);
  const searches = shown.map((step) => substitute(stepSearch(search, step), variables, chosen));
  const stored = source === "logs";
  const query = useQuery({
    queryKey: ["funnel", searches, window.from, window.to],
    enabled: stored && searches.length > 0,
    retry: false,
    queryFn: ({ signal }) =>
      Promise.all(
        searches.map(async (text) => {
          const filter = { query: text || "*", from: String(window.from), to: String(window.to) };
          const body = { filter, compute: [{ aggregation: "count", type: "total" }] };
          const found = await call<Buckets>("POST", "/api/v2/logs/analytics/aggregate", { body, signal });
          return found.data.buckets[0]?.computes.c0 ?? 0;
        }),
      ),
  });
  if (shown.length === 0) return <NoData title="This funnel has no steps" />;
  if (!stored) {
    return (
      <div className={css.funnel}>
        <Bars bars={barsOf(shown, [])} empty />
        <p className="muted">No {source.replaceAll("_", " ")} data is stored here</p>
      </div>
    );
  }
  return (
    <Async query={query} text={searches.join("\n")}>
      {(counts) =>
        counts.every((count) => count === 0) ? (
          <NoData />
        ) : (
          <div className={css.funnel}>
            <Bars bars={barsOf(shown, counts)} />
          </div>
        )
      }
    </Async>
  );
}

const percent = (share: number) => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

function Bars({ bars, empty = false }: { bars: readonly Bar[]; empty?: boolean }) {
  const most = Math.max(...bars.map((bar) => bar.count)) || 1;
  const format = new NumberFormat(null);
  return (
    <ol>
      {bars.map((bar, i) => (
        <li key={i}>
          <span className="truncate" title={bar.label}>
            {i + 1}. {bar.label}
          </span>
          {!empty && <i style={{ width: `${Math.max(0.5, (bar.count / most) * 100)}%` }} />}
          {!empty && (
            <b className="num">
              {format.format(bar.count)}
              {bar.ofFirst !== null && <small>{percent(bar.ofFirst)}</small>}
              {bar.ofPrevious !== null && (
                <small title="Of the step before">▸ {percent(bar.ofPrevious)}</small>
              )}
            </b>
          )}
        </li>
      ))}
    </ol>
  );
}
