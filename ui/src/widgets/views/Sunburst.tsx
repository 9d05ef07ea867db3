/** `sunburst`, which people know as a pie: shares of a whole, a ring for each key. */
import { useState } from "react";
import { slotStyle } from "~/core/palette";
import { consistentSlot, seriesStyles } from "~/core/seriesPalette";
import { NumberFormat } from "~/core/units";
import { Button } from "~/ui";
import { useTable } from "../data";
import { useSize } from "../dom";
import { NoData } from "../NoData";
import { formulaUnit } from "../numberFormat";
import { Answer } from "../QueryResult";
import { requestsOf } from "../request";
import { type Part, partsOf, slicesOf, totalOf, withOther } from "../shares";
import type { Table } from "../tables";
import type { WidgetDefinition } from "../types";
import { arc } from "./arc";
import css from "./views.module.css";

interface LegendOptions {
  type?: "table" | "inline" | "automatic" | "none";
  hide_value?: boolean;
  hide_percent?: boolean;
}

export type ColorOf = (label: string) => string;

/** Colors of parts by the palette of their request; without one each label has the same in all widgets. */
export function colorsOf(parts: readonly Part[], definition: WidgetDefinition): ColorOf {
  const request = requestsOf(definition)[0];
  const palette = request?.formulas?.[0]?.style?.palette ?? request?.style?.palette;
  const named = parts.map(({ label }) => ({ name: label, tags: [`part:${label}`] }));
  const styles = palette ? seriesStyles(palette, named) : [];
  const known = new Map(styles.map((style, i) => [parts[i]!.label, style.color]));
  return (label) => `var(${known.get(label) ?? slotStyle(consistentSlot(label)).color})`;
}

export function Sunburst({ definition }: { definition: WidgetDefinition }) {
  const result = useTable(definition);
  return <Answer result={result}>{(table) => <Rings definition={definition} table={table} />}</Answer>;
}

function Rings({ definition, table }: { definition: WidgetDefinition; table: Table }) {
  const [frame, size] = useSize<HTMLDivElement>();
  const [focus, setFocus] = useState("");
  const all = partsOf(table);
  if (all.length === 0) return <NoData />;
  const focused = all.find((part) => part.label === focus && part.children.length > 1);
  const parts = focused ? focused.children : all;
  const format = new NumberFormat(
    formulaUnit(requestsOf(definition)[0]?.formulas?.[0]?.number_format, table.columns[0]?.unit),
  );
  const legend = (definition.legend ?? {}) as LegendOptions;
  const colorOf = colorsOf(parts, definition);
  const beside = legend.type !== "none" && size.width >= 260;
  const below = legend.type !== "none" && !beside && size.height >= 220;
  return (
    <div ref={frame} className={css.parts} data-legend={beside ? "beside" : below ? "below" : "none"}>
      <div className={css.ring}>
        <Circle
          parts={parts}
          format={format}
          colorOf={colorOf}
          showTotal={definition.hide_total !== true}
          onPick={(label) => setFocus(label)}
        />
        {focused && (
          <Button size="small" icon="left" className={css.back} onClick={() => setFocus("")}>
            Back
          </Button>
        )}
      </div>
      {(beside || below) && <Shares {...{ parts, format, legend, colorOf }} />}
    </div>
  );
}

interface CircleProps {
  parts: readonly Part[];
  format: NumberFormat;
  colorOf: ColorOf;
  showTotal: boolean;
  onPick: (label: string) => void;
}

function Circle({ parts, format, colorOf, showTotal, onPick }: CircleProps) {
  const slices = slicesOf(parts);
  const total = totalOf(parts);
  const depth = Math.max(...slices.map((slice) => slice.depth)) + 1;
  const width = 56 / depth;
  const whole = format.format(total);
  return (
    <svg viewBox="-100 -100 200 200" role="img" aria-label={`Total ${whole}`}>
      {slices.map((slice) => (
        <path
          key={`${slice.depth}/${slice.start}/${slice.label}`}
          d={arc(slice.start, slice.end, 42 + slice.depth * width, 42 + (slice.depth + 1) * width - 1)}
          fill={colorOf(slice.root)}
          fillOpacity={1 - slice.depth * 0.25}
          stroke="var(--surface)"
          onClick={() => onPick(slice.root)}
        >
          <title>{`${slice.label}: ${format.format(slice.value)} (${percent(slice.end - slice.start)})`}</title>
        </path>
      ))}
      {showTotal && (
        <text
          textAnchor="middle"
          dominantBaseline="central"
          fontSize={Math.min(20, 118 / Math.max(4, whole.length))}
          fontWeight="600"
          fill="var(--text)"
        >
          {whole}
        </text>
      )}
    </svg>
  );
}

interface SharesProps {
  parts: readonly Part[];
  format: NumberFormat;
  legend: LegendOptions;
  colorOf: ColorOf;
}

function Shares({ parts, format, legend, colorOf }: SharesProps) {
  const total = totalOf(parts);
  return (
    <ul>
      {withOther(parts).map((part) => (
        <li key={part.label} title={part.label}>
          <i className={css.swatch} style={{ background: colorOf(part.label) }} />
          <span className="truncate">{part.label}</span>
          {!legend.hide_value && <span className="num">{format.format(part.value)}</span>}
          {!legend.hide_percent && <span className="num muted">{percent(part.value / total)}</span>}
        </li>
      ))}
    </ul>
  );
}

export const percent = (share: number) => `${(share * 100).toFixed(1)}\u202f%`;
