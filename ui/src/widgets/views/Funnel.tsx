/** `funnel`: how many remain at each step, as bars with the conversion between them. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { request as call } from "~/api/client";
import { slotStyle } from "~/core/palette";
import { consistentSlot } from "~/core/seriesPalette";
import { NumberFormat } from "~/core/units";
import { Async, Swatch } from "~/ui";
import { useWidgetScope } from "../context";
import { type Bar, barsOf, funnelRequest, type Parts, partNames, stepSearch } from "../funnelSteps";
import { NoData } from "../NoData";
import { windowOf } from "../request";
import type { WidgetDefinition } from "../types";
import { substitute } from "../variables";
import css from "./funnel.module.css";

interface Buckets {
  data: { buckets: { by: Record<string, string>; computes: Record<string, number> }[] };
}

interface Counted {
  count: number;
  parts: Parts;
}

const MAX_STEPS = 20;

export function Funnel({ definition }: { definition: WidgetDefinition }) {
  const { variables, chosen, window: page } = useWidgetScope();
  const window = windowOf(definition.time, page);
  const { source, search, steps, group } = funnelRequest(definition.requests);
  const shown = steps.slice(0, MAX_STEPS);
  const searches = shown.map((step) => substitute(stepSearch(search, step), variables, chosen));
  const stored = source === "logs";
  const query = useQuery({
    queryKey: ["funnel", searches, group, window.from, window.to],
    enabled: stored && searches.length > 0,
    retry: false,
    queryFn: ({ signal }) =>
      Promise.all(
        searches.map(async (text): Promise<Counted> => {
          const filter = { query: text || "*", from: String(window.from), to: String(window.to) };
          const count = async (group_by: object[]) => {
            const body = { filter, compute: [{ aggregation: "count", type: "total" }], group_by };
            return (await call<Buckets>("POST", "/api/v2/logs/analytics/aggregate", { body, signal })).data
              .buckets;
          };
          const [whole, parts] = await Promise.all([
            count([]),
            group ? count([{ ...group, sort: MOST_FIRST }]) : [],
          ]);
          return {
            count: whole[0]?.computes.c0 ?? 0,
            parts: new Map(parts.map(({ by, computes }) => [by[group!.facet] ?? "", computes.c0 ?? 0])),
          };
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
      {(found) => {
        const counts = found.map((step) => step.count);
        if (counts.every((count) => count === 0)) return <NoData />;
        const parts = group && found.map((step) => step.parts);
        return (
          <div className={css.funnel}>
            <Bars
              bars={barsOf(shown, counts)}
              parts={parts}
              beside={definition.grouped_display === "side_by_side"}
            />
          </div>
        );
      }}
    </Async>
  );
}

const percent = (share: number) => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

const MOST_FIRST = { aggregation: "count", order: "desc", type: "measure" };

interface BarsProps {
  bars: readonly Bar[];
  /** Of each step, where it is divided. */
  parts?: readonly Parts[];
  /** Parts below each other, rather than one after another in one bar. */
  beside?: boolean;
  empty?: boolean;
}

function Bars({ bars, parts, beside = false, empty = false }: BarsProps) {
  const names = useMemo(() => partNames(parts ?? []), [parts]);
  const largest = parts?.flatMap((one) => [...one.values()]) ?? [];
  const most = Math.max(...(beside && names.length > 0 ? largest : bars.map((bar) => bar.count))) || 1;
  const format = new NumberFormat(null);
  return (
    <ol>
      {names.length > 0 && (
        <li>
          <ul className={css.names}>
            {names.map((name) => (
              <li key={name}>
                <Swatch color={colorOf(name)} />
                <span className="truncate" title={name}>
                  {name || "N/A"}
                </span>
              </li>
            ))}
          </ul>
        </li>
      )}
      {bars.map((bar, i) => (
        <li key={i}>
          <span className="truncate" title={bar.label}>
            {i + 1}. {bar.label}
          </span>
          {!empty && (
            <div className={css.parts} data-beside={beside || undefined}>
              {names.length === 0 ? (
                <i style={{ width: widthOf(bar.count, most) }} />
              ) : (
                names.map((name) => (
                  <Part key={name} name={name} count={parts![i]!.get(name) ?? 0} most={most} />
                ))
              )}
            </div>
          )}
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

const widthOf = (count: number, most: number) => `${count > 0 ? Math.max(0.5, (count / most) * 100) : 0}%`;
const colorOf = (name: string) => slotStyle(consistentSlot(name)).color;

function Part({ name, count, most }: { name: string; count: number; most: number }) {
  const label = `${name || "N/A"}: ${new NumberFormat(null).format(count)}`;
  return (
    <i
      role="img"
      aria-label={label}
      title={label}
      style={{ width: widthOf(count, most), background: `var(${colorOf(name)})` }}
    />
  );
}
