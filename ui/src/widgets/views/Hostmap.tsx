/** `hostmap`: a hexagon a host, colored by a metric. */

import { counted, shorten } from "~/core/labels";
import { rampVariable } from "~/core/palette";
import { NumberFormat } from "~/core/units";
import { Empty } from "~/ui";
import { useTable } from "../data";
import { Answer } from "../QueryResult";
import { requestsOf } from "../request";
import type { Row, Table } from "../tables";
import type { WidgetDefinition } from "../types";
import css from "./views.module.css";

/** With more in a line a name would be too small to read. */
const NAMED_COLUMNS = 8;

const HEXAGON = [0, 1, 2, 3, 4, 5].map(
  (side) => [Math.sin((side * Math.PI) / 3), Math.cos((side * Math.PI) / 3)] as const,
);

export function Hostmap({ definition }: { definition: WidgetDefinition }) {
  // Only the fill is drawn; a size request would need hexagons that do not touch.
  const fill = requestsOf(definition)[0];
  const result = useTable({ ...definition, requests: fill ? [fill] : [] });
  return (
    <Answer result={result}>
      {(table) => <Hexagons table={table} style={definition.style as Limits} />}
    </Answer>
  );
}

interface Limits {
  fill_min?: string;
  fill_max?: string;
}

function Hexagons({ table, style }: { table: Table; style?: Limits }) {
  const rows = table.rows.filter((row) => row.values[0] !== null);
  if (rows.length === 0) return <Empty title="No host reports this metric in this window" />;
  const values = rows.map((row) => row.values[0] ?? 0);
  const least = Number(style?.fill_min ?? Math.min(...values));
  const most = Number(style?.fill_max ?? Math.max(...values));
  const columns = Math.max(1, Math.ceil(Math.sqrt(rows.length * 1.8)));
  const lines = Math.ceil(rows.length / columns);
  const width = (columns + (lines > 1 ? 0.5 : 0)) * Math.sqrt(3);
  return (
    <svg
      viewBox={`0 0 ${width} ${lines * 1.5 + 0.5}`}
      width="100%"
      height="100%"
      role="img"
      aria-label={counted(rows.length, "host")}
    >
      {rows.map((row, index) => (
        <Hexagon
          key={row.tags.join()}
          row={row}
          x={((index % columns) + 0.5 + (Math.floor(index / columns) % 2) * 0.5) * Math.sqrt(3)}
          y={Math.floor(index / columns) * 1.5 + 1}
          share={most > least ? ((row.values[0] ?? 0) - least) / (most - least) : 0.5}
          named={columns <= NAMED_COLUMNS}
          text={new NumberFormat(table.columns[0]?.unit).format(row.values[0])}
        />
      ))}
    </svg>
  );
}

interface HexagonProps {
  row: Row;
  x: number;
  y: number;
  share: number;
  /** Whether there is room for the name. */
  named: boolean;
  text: string;
}

function Hexagon({ row, x, y, share, named, text }: HexagonProps) {
  const points = HEXAGON.map(
    ([dx, dy]) => `${(x + dx * 0.95).toFixed(3)},${(y + dy * 0.95).toFixed(3)}`,
  ).join(" ");
  const name = row.tags.join(", ") || "all hosts";
  return (
    <g>
      <title>{`${name}: ${text}`}</title>
      <polygon points={points} fill={`var(${rampVariable("seq", share)})`} />
      {named && (
        <text x={x} y={y} className={css.hexName} data-far={share > 0.5 || undefined}>
          <tspan x={x}>{shorten(name, 10)}</tspan>
          <tspan x={x} dy="1.2em">
            {text}
          </tspan>
        </text>
      )}
    </g>
  );
}
