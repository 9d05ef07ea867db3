/** `toplist`: groups by size, a bar each; stacked bars are split by the second key. */
import { slotStyle } from "~/core/palette";
import { consistentSlot, seriesStyles } from "~/core/seriesPalette";
import { NumberFormat } from "~/core/units";
import { Swatch } from "~/ui";
import { barColor, conditionalStyle } from "../conditional";
import { useTable } from "../data";
import { NoData } from "../NoData";
import { formulaUnit } from "../numberFormat";
import { Answer } from "../QueryResult";
import { requestsOf } from "../request";
import type { Table } from "../tables";
import { type Bar, barsOf } from "../toplistBars";
import type { ConditionalFormat, WidgetDefinition, WidgetRequest } from "../types";
import css from "./views.module.css";

interface Display {
  type?: "stacked" | "flat";
  legend?: "automatic" | "inline" | "none";
}

interface ToplistStyle {
  display?: Display;
  scaling?: "absolute" | "relative";
  palette?: string;
}

export function Toplist({ definition }: { definition: WidgetDefinition }) {
  const result = useTable(definition);
  const request = requestsOf(definition)[0] ?? {};
  return (
    <Answer result={result} text={request.q}>
      {(table) => <Bars table={table} request={request} style={(definition.style ?? {}) as ToplistStyle} />}
    </Answer>
  );
}

interface BarsProps {
  table: Table;
  request: WidgetRequest;
  style: ToplistStyle;
}

function Bars({ table, request, style }: BarsProps) {
  const stacked = style.display?.type === "stacked";
  const bars = barsOf(table, request, stacked);
  if (bars.length === 0) return <NoData />;
  const format = new NumberFormat(formulaUnit(request.formulas?.[0]?.number_format, table.columns[0]?.unit));
  const rules = request.formulas?.[0]?.conditional_formats ?? request.conditional_formats;
  const most = Math.max(...bars.map((bar) => Math.abs(bar.value))) || 1;
  const palette = request.formulas?.[0]?.style?.palette ?? request.style?.palette ?? style.palette;
  const split = bars.some((bar) => bar.parts.length > 1);
  const names = split ? [...new Set(bars.flatMap((bar) => bar.parts.map((part) => part.label)))] : [];
  return (
    <div className={css.toplist}>
      <ol className={css.bars}>
        {bars.map((bar, index) => (
          <li key={bar.key}>
            <span className="num">{format.format(bar.value)}</span>
            <BarCell
              bar={bar}
              share={style.scaling === "relative" ? 1 : Math.abs(bar.value) / most}
              color={split ? null : flatColor(palette, bar, index, bars.length, rules)}
              format={format}
            />
          </li>
        ))}
      </ol>
      {split && style.display?.legend !== "none" && (
        <ul className={css.chips}>
          {names.slice(0, 12).map((name) => (
            <li key={name}>
              <Swatch color={slotStyle(consistentSlot(name)).color} />
              <span className="truncate">{name}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** A rule's color; without rules that of the palette, or of the first series. */
function flatColor(
  palette: string | undefined,
  bar: Bar,
  index: number,
  count: number,
  rules: ConditionalFormat[] | undefined,
): string {
  const rule = barColor(conditionalStyle(bar.value, rules));
  if (rule) return rule;
  const plain = !palette || palette === "dog_classic" || palette === "classic";
  const color = plain
    ? "--c1"
    : seriesStyles(palette, Array(count).fill({ tags: [`group:${bar.label}`], name: bar.label }))[index]!
        .color;
  return `color-mix(in srgb, var(${color}) 32%, var(--surface))`;
}

interface BarCellProps {
  bar: Bar;
  share: number;
  color: string | null;
  format: NumberFormat;
}

function BarCell({ bar, share, color, format }: BarCellProps) {
  return (
    <div title={bar.label}>
      <i
        style={{ width: `${share * 100}%`, background: color ?? undefined }}
        data-split={!color || undefined}
      >
        {!color &&
          bar.parts.map((part) => (
            <b
              key={part.label}
              title={`${part.label}: ${format.format(part.value)}`}
              style={{
                flexGrow: Math.abs(part.value),
                background: `color-mix(in srgb, var(${slotStyle(consistentSlot(part.label)).color}) 42%, var(--surface))`,
              }}
            />
          ))}
      </i>
      <span className="truncate">{bar.label}</span>
    </div>
  );
}
