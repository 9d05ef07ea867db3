/** `heatgrid`: a line a group, a cell a span of time, colored by value. */

import { timeLabels, timeTicks } from "~/core/chart/axes";
import { formatMoment } from "~/core/time";
import { NumberFormat } from "~/core/units";
import { conditionalStyle } from "../conditional";
import { useSeries } from "../data";
import { useSize } from "../dom";
import { fillVariable } from "../fills";
import { gridData } from "../heatgridRows";
import { NoData } from "../NoData";
import { formulaUnit } from "../numberFormat";
import { Answer } from "../QueryResult";
import { formulaNames, requestsOf } from "../request";
import type { WidgetDefinition } from "../types";
import css from "./heatgrid.module.css";

const LABEL_PX: Record<string, number> = { xs: 60, s: 90, m: 130, l: 190, xl: 260 };
const COLUMN_PX = 14;
const MAX_LINES = 200;

interface Color {
  preset_name?: string;
  stops?: { color: string | string[]; position: number }[];
  bins?: { color: string | string[]; lower_bound?: number }[];
}

export function Heatgrid({ definition }: { definition: WidgetDefinition }) {
  const result = useSeries(definition);
  const [frame, size] = useSize<HTMLDivElement>();
  const label = LABEL_PX[(definition.label_column as { width?: string } | undefined)?.width ?? "m"] ?? 130;
  const columns = Math.max(1, Math.min(120, Math.floor((size.width - label) / COLUMN_PX)));
  const sortBy = (definition.sort as { sort_by?: object } | undefined)?.sort_by;
  return (
    <div ref={frame} className={css.heatgrid}>
      <Answer result={result}>
        {(all) => {
          const grid = gridData(all.flat(), result.window, columns, sortBy);
          const rows = grid.rows.filter((row) => row.cells.some((cell) => cell !== null)).slice(0, MAX_LINES);
          if (rows.length === 0) return <NoData />;
          const formula = requestsOf(definition)[0]?.formulas?.[0];
          const format = new NumberFormat(formulaUnit(formula?.number_format, all.flat()[0]?.unit));
          const fill = filler(definition.color as Color | undefined, grid.low, grid.high);
          const rules = formula?.conditional_formats;
          const ground = (cell: number) => conditionalStyle(cell, rules).background ?? fill(cell);
          const legend = definition.legend as { show_caption?: boolean } | undefined;
          const when = (at: number) => formatMoment(grid.times[at]!);
          return (
            <>
              <table aria-label={definition.title || "Heat grid"}>
                <tbody>
                  {rows.map((row) => (
                    <tr key={row.label}>
                      <th scope="row" style={{ width: label, maxWidth: label }}>
                        <span className="truncate" title={row.label}>
                          {row.label}
                        </span>
                      </th>
                      {row.cells.map((cell, at) => (
                        <td
                          key={at}
                          title={cell === null ? undefined : `${when(at)}: ${format.format(cell)}`}
                          style={cell === null ? undefined : { background: ground(cell) }}
                        />
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
              <Times
                from={result.window.from}
                to={result.window.to}
                left={label}
                width={size.width - label}
              />
              {legend && (
                <Legend
                  fill={fill}
                  low={grid.low}
                  high={grid.high}
                  format={format}
                  caption={legend.show_caption === false ? "" : formulaNames(requestsOf(definition)[0]!)[0]}
                />
              )}
            </>
          );
        }}
      </Answer>
    </div>
  );
}

const LEGEND_STEPS = 12;

interface LegendProps {
  fill: (value: number) => string;
  low: number;
  high: number;
  format: NumberFormat;
  caption?: string;
}

/** The colors from the least to the largest value, and what they stand for. */
function Legend({ fill, low, high, format, caption }: LegendProps) {
  const values = Array.from(
    { length: LEGEND_STEPS },
    (_, i) => low + ((high - low) * (i + 0.5)) / LEGEND_STEPS,
  );
  return (
    <p className={css.legend}>
      {caption && <span className="truncate">{caption}</span>}
      <span className="num">{format.format(low)}</span>
      <span className={css.ramp} aria-hidden="true">
        {values.map((value) => (
          <i key={value} style={{ background: fill(value) }} />
        ))}
      </span>
      <span className="num">{format.format(high)}</span>
    </p>
  );
}

function Times({ from, to, left, width }: { from: number; to: number; left: number; width: number }) {
  if (width <= 0) return null;
  const ticks = timeTicks(from / 1000, to / 1000, width);
  const texts = timeLabels(ticks);
  return (
    <svg width={left + width} height="16" aria-hidden="true">
      {ticks.map((tick, i) => (
        <text
          key={tick}
          x={left + ((tick * 1000 - from) / (to - from)) * width}
          y="12"
          fontSize="11"
          textAnchor="middle"
          fill="var(--axis)"
        >
          {texts[i]}
        </text>
      ))}
    </svg>
  );
}

/** The color of a value: bins by their lower bounds, stops by their place between the extremes, else a ramp. */
function filler(color: Color | undefined, low: number, high: number): (value: number) => string {
  const share = (value: number) => (high > low ? (value - low) / (high - low) : 0.5);
  const one = (given: string | string[]) => String([given].flat()[0] ?? "");
  if (color?.bins?.length) {
    const bins = [...color.bins].sort((a, b) => (a.lower_bound ?? -Infinity) - (b.lower_bound ?? -Infinity));
    return (value) =>
      one((bins.findLast((bin) => value >= (bin.lower_bound ?? -Infinity)) ?? bins[0]!).color);
  }
  if (color?.stops?.length) {
    const stops = [...color.stops].sort((a, b) => a.position - b.position);
    return (value) => {
      const at = share(value) * 100;
      const next = stops.findIndex((stop) => stop.position >= at);
      const [below, above] = [stops[next - 1] ?? stops[0]!, stops[next] ?? stops.at(-1)!];
      const part =
        above.position > below.position ? (at - below.position) / (above.position - below.position) : 1;
      const mixed = Math.round(Math.max(0, Math.min(1, part)) * 100);
      return `color-mix(in oklab, ${one(above.color)} ${mixed}%, ${one(below.color)})`;
    };
  }
  return (value) => `var(${fillVariable(color?.preset_name, Math.min(0.999, share(value)))})`;
}
