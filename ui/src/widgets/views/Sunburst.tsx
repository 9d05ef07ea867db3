/** `sunburst` and `treemap`: shares of a whole, by group. */

import { paletteStyle } from "~/core/palette";
import { NumberFormat } from "~/core/units";
import { Empty } from "~/ui";
import { useTable } from "../data";
import { Answer } from "../QueryResult";
import type { Table } from "../tables";
import type { WidgetDefinition } from "../types";
import css from "./views.module.css";

export interface Slice {
  label: string;
  value: number;
  depth: number;
  /** Shares of the circle, 0 to 1. */
  start: number;
  end: number;
  /** Index of the outermost ancestor, which gives the color. */
  root: number;
}

/** Rings of a sunburst: the first group key is the inner ring, each further key splits its parent. */
export function slices(table: Table, most = 60): Slice[] {
  const rows = table.rows
    .map((row) => ({ tags: row.tags.map((tag) => tag || "N/A"), value: Math.max(0, row.values[0] ?? 0) }))
    .filter((row) => row.value > 0)
    .sort((a, b) => b.value - a.value)
    .slice(0, most);
  const total = rows.reduce((sum, row) => sum + row.value, 0);
  const result: Slice[] = [];
  const split = (members: typeof rows, depth: number, start: number, parentRoot: number) => {
    const parts = new Map<string, typeof rows>();
    for (const row of members) {
      const key = row.tags[depth];
      if (key !== undefined) parts.set(key, [...(parts.get(key) ?? []), row]);
    }
    let at = start;
    let index = 0;
    for (const [label, inner] of parts) {
      const value = inner.reduce((sum, row) => sum + row.value, 0);
      const root = depth === 0 ? index : parentRoot;
      result.push({ label, value, depth, start: at, end: at + value / total, root });
      split(inner, depth + 1, at, root);
      at += value / total;
      index += 1;
    }
  };
  if (total > 0) split(rows, 0, 0, 0);
  return result;
}

export function Sunburst({ definition }: { definition: WidgetDefinition }) {
  const result = useTable(definition);
  return <Answer result={result}>{(table) => <Rings table={table} />}</Answer>;
}

function Rings({ table }: { table: Table }) {
  const all = slices(table);
  if (all.length === 0) return <Empty title="No data for this query in this window" />;
  const depth = Math.max(...all.map((slice) => slice.depth)) + 1;
  const width = 62 / depth;
  const format = new NumberFormat(table.columns[0]?.unit);
  const inner = all.filter((slice) => slice.depth === 0);
  const total = inner.reduce((sum, slice) => sum + slice.value, 0);
  return (
    <div className={css.parts}>
      <svg viewBox="-100 -100 200 200" role="img" aria-label={`Total ${format.format(total)}`}>
        {all.map((slice) => (
          <path
            key={`${slice.depth}/${slice.start}/${slice.label}`}
            d={ring(slice, 36 + slice.depth * width, 36 + (slice.depth + 1) * width - 1)}
            fill={`var(${paletteStyle(undefined, slice.root).color})`}
            fillOpacity={1 - slice.depth * 0.25}
            stroke="var(--surface)"
          >
            <title>{`${slice.label}: ${format.format(slice.value)} (${percent(slice)})`}</title>
          </path>
        ))}
        <text
          textAnchor="middle"
          dominantBaseline="central"
          fontSize="16"
          fontWeight="600"
          fill="var(--text)"
        >
          {format.format(total)}
        </text>
      </svg>
      <ul>
        {inner.map((slice) => (
          <li key={slice.label}>
            <i
              className={css.swatch}
              style={{ background: `var(${paletteStyle(undefined, slice.root).color})` }}
            />
            <span className="truncate">{slice.label}</span>
            <span className="num">{percent(slice)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

const percent = (slice: Slice) => `${((slice.end - slice.start) * 100).toFixed(1)}\u2009%`;

function ring(slice: Slice, inner: number, outer: number): string {
  // A full circle has no ends to draw an arc between.
  const end = Math.min(slice.end, slice.start + 0.99999);
  const at = (share: number, radius: number) => {
    const angle = share * 2 * Math.PI - Math.PI / 2;
    return `${(Math.cos(angle) * radius).toFixed(3)} ${(Math.sin(angle) * radius).toFixed(3)}`;
  };
  const large = end - slice.start > 0.5 ? 1 : 0;
  return (
    `M${at(slice.start, outer)}A${outer} ${outer} 0 ${large} 1 ${at(end, outer)}` +
    `L${at(end, inner)}A${inner} ${inner} 0 ${large} 0 ${at(slice.start, inner)}Z`
  );
}
