/** The legend below a chart. Click shows one series alone, click again shows all; Ctrl+click toggles one. */
import { type MouseEvent, memo, useMemo, useState } from "react";
import type { ChartSeries } from "~/core/chart/model";
import { type Summary, summarize } from "~/core/chart/summary";
import { formatValue } from "~/core/units";
import { Icon, SearchInput, Swatch } from "~/ui";
import css from "./chart.module.css";

export type LegendKind = "compact" | "expanded" | "none";

const CHIPS = 40;

export interface LegendProps {
  kind: LegendKind;
  series: readonly ChartSeries[];
  hidden: ReadonlySet<string>;
  onHidden: (hidden: ReadonlySet<string>) => void;
  /** Bucket under the pointer; null shows the last values. */
  index: number | null;
  /** Of an expanded legend; all where none are named. Sums only of what adds up. */
  columns?: readonly LegendColumn[];
  /** Whether an expanded legend of many rows has a search. */
  searchable?: boolean;
}

export const Legend = memo(function Legend(props: LegendProps) {
  const { kind, series, hidden, onHidden } = props;
  const pick = (key: string, event: MouseEvent) => onHidden(nextHidden(series, hidden, key, event));
  if (kind === "none" || series.length === 0) return null;
  return kind === "expanded" ? <Expanded {...props} onPick={pick} /> : <Compact {...props} onPick={pick} />;
});

function nextHidden(
  series: readonly ChartSeries[],
  hidden: ReadonlySet<string>,
  key: string,
  event: MouseEvent,
): ReadonlySet<string> {
  if (event.ctrlKey || event.metaKey) {
    const next = new Set(hidden);
    if (!next.delete(key)) next.add(key);
    return next;
  }
  const others = series.filter((one) => one.key !== key).map((one) => one.key);
  const alone = !hidden.has(key) && others.every((other) => hidden.has(other));
  return new Set(alone ? [] : others);
}

type PickProps = LegendProps & { onPick: (key: string, event: MouseEvent) => void };

function valueAt(series: ChartSeries, index: number | null, summary: Summary): string {
  return formatValue(index === null ? summary.last : series.values[index], series.unit);
}

function useSummaries(series: readonly ChartSeries[]): Map<string, Summary> {
  return useMemo(() => new Map(series.map((one) => [one.key, summarize(one.values)])), [series]);
}

/** Of very many series those in color, then the others. */
function inColorFirst(series: readonly ChartSeries[]): readonly ChartSeries[] {
  return series.some((one) => one.muted)
    ? [...series].sort((a, b) => Number(a.muted ?? false) - Number(b.muted ?? false))
    : series;
}

function Compact({ series, hidden, index, onPick }: PickProps) {
  const summaries = useSummaries(series);
  return (
    <div className={css.compact}>
      {inColorFirst(series)
        .slice(0, CHIPS)
        .map((one) => (
          <button
            key={one.key}
            type="button"
            className={css.chip}
            data-hidden={hidden.has(one.key) || undefined}
            title={one.label}
            onClick={(event) => onPick(one.key, event)}
          >
            <Swatch color={swatchOf(one)} />
            <span className="truncate">{one.label}</span> {one.outlier && <i className={css.mark}>outlier</i>}
            <b>{valueAt(one, index, summaries.get(one.key)!)}</b>
          </button>
        ))}
      {series.length > CHIPS && <span>and {series.length - CHIPS} more</span>}
    </div>
  );
}

const COLUMNS = ["avg", "min", "max", "last", "sum"] as const;
export type LegendColumn = (typeof COLUMNS)[number];
/** More rows than this need a search. */
const SEARCH_FROM = 20;
const MAX_ROWS = 300;

function Expanded({ series, hidden, index, columns = COLUMNS, searchable = true, onPick }: PickProps) {
  const summaries = useSummaries(series);
  const [sort, setSort] = useState<{ by: LegendColumn; descending: boolean } | null>(null);
  const [search, setSearch] = useState("");
  const summable = series.some((one) => one.summable);
  const shown = COLUMNS.filter((name) => columns.includes(name) && (name !== "sum" || summable));
  const by = sort ?? (series.length > 12 ? { by: "avg" as const, descending: true } : null);
  const sorted = useMemo(() => {
    if (!by) return series;
    const sign = by.descending ? -1 : 1;
    const value = (one: ChartSeries) => summaries.get(one.key)![by.by] ?? Number.NEGATIVE_INFINITY;
    return [...series].sort((a, b) => (value(a) - value(b)) * sign);
  }, [series, summaries, by]);
  const wanted = search.toLowerCase();
  const rows = sorted.filter((one) => one.label.toLowerCase().includes(wanted));
  const order = (name: LegendColumn) =>
    setSort({ by: name, descending: by?.by === name ? !by.descending : true });
  return (
    <div className={css.scroll}>
      {searchable && series.length > SEARCH_FROM && (
        <SearchInput value={search} onChange={setSearch} placeholder="Filter series" />
      )}
      <table className={css.table}>
        <thead>
          <tr>
            <th>Series</th>
            {shown.map((name) => (
              <th
                key={name}
                aria-sort={by?.by === name ? (by.descending ? "descending" : "ascending") : undefined}
              >
                <button type="button" onClick={() => order(name)}>
                  {name === "last" ? "value" : name}
                  {by?.by === name && <Icon name={by.descending ? "down" : "up"} size={10} />}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MAX_ROWS).map((one) => {
            const summary = summaries.get(one.key)!;
            return (
              <tr key={one.key} data-hidden={hidden.has(one.key) || undefined}>
                <td>
                  <button
                    type="button"
                    className={css.name}
                    title={one.label}
                    onClick={(event) => onPick(one.key, event)}
                  >
                    <Swatch color={swatchOf(one)} />
                    <span>{one.label}</span>
                    {one.outlier && <i className={css.mark}>outlier</i>}
                  </button>
                </td>
                {shown.map((name) => (
                  <td key={name}>{cellOf(one, name, index, summary)}</td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

const swatchOf = (one: ChartSeries) => (one.muted || one.overlay ? "--band" : one.color);

function cellOf(one: ChartSeries, name: LegendColumn, index: number | null, summary: Summary): string {
  if (name === "last") return valueAt(one, index, summary);
  if (name === "sum" && !one.summable) return "\u2013";
  return formatValue(summary[name], one.unit);
}
