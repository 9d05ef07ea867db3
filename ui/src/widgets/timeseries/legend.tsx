/** The legend below a chart. Click shows one series alone, click again shows all; Ctrl+click toggles one. */
import { type MouseEvent, memo, useMemo, useState } from "react";
import type { ChartSeries } from "~/core/chart/model";
import { type Summary, summarize } from "~/core/chart/summary";
import { formatValue } from "~/core/units";
import { Icon, Swatch } from "~/ui";
import css from "./chart.module.css";

export type LegendKind = "compact" | "expanded" | "none";

const CHIPS = 40;

interface LegendProps {
  kind: LegendKind;
  series: readonly ChartSeries[];
  hidden: ReadonlySet<string>;
  onHidden: (hidden: ReadonlySet<string>) => void;
  /** Bucket under the pointer; null shows the last values. */
  index: number | null;
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

function Compact({ series, hidden, index, onPick }: PickProps) {
  const summaries = useSummaries(series);
  return (
    <div className={css.compact}>
      {series.slice(0, CHIPS).map((one) => (
        <button
          key={one.key}
          type="button"
          className={css.chip}
          data-hidden={hidden.has(one.key) || undefined}
          title={one.label}
          onClick={(event) => onPick(one.key, event)}
        >
          <Swatch color={one.color} />
          {one.label} {one.outlier && <i className={css.mark}>outlier</i>}
          <b>{valueAt(one, index, summaries.get(one.key)!)}</b>
        </button>
      ))}
      {series.length > CHIPS && <span>and {series.length - CHIPS} more</span>}
    </div>
  );
}

const COLUMNS = ["last", "avg", "min", "max", "sum"] as const;
type ColumnName = (typeof COLUMNS)[number];

function Expanded({ series, hidden, index, onPick }: PickProps) {
  const summaries = useSummaries(series);
  const [sort, setSort] = useState<{ by: ColumnName; descending: boolean } | null>(null);
  const sorted = useMemo(() => {
    if (!sort) return series;
    const sign = sort.descending ? -1 : 1;
    const value = (one: ChartSeries) => summaries.get(one.key)![sort.by] ?? Number.NEGATIVE_INFINITY;
    return [...series].sort((a, b) => (value(a) - value(b)) * sign);
  }, [series, summaries, sort]);
  const order = (by: ColumnName) => setSort({ by, descending: sort?.by === by ? !sort.descending : true });
  return (
    <div className={css.scroll}>
      <table className={css.table}>
        <thead>
          <tr>
            <th>Series</th>
            {COLUMNS.map((name) => (
              <th
                key={name}
                aria-sort={sort?.by === name ? (sort.descending ? "descending" : "ascending") : undefined}
              >
                <button type="button" onClick={() => order(name)}>
                  {name === "last" ? "value" : name}
                  {sort?.by === name && <Icon name={sort.descending ? "down" : "up"} size={10} />}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((one) => {
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
                    <Swatch color={one.color} />
                    <span>{one.label}</span>
                    {one.outlier && <i className={css.mark}>outlier</i>}
                  </button>
                </td>
                {COLUMNS.map((name) => (
                  <td key={name}>
                    {name === "last" ? valueAt(one, index, summary) : formatValue(summary[name], one.unit)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
