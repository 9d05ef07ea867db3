/** `hostmap`: a hexagon a host, colored by one metric and as large as another. */
import { counted, shorten } from "~/core/labels";
import { NumberFormat, type UnitPair } from "~/core/units";
import { useTable } from "../data";
import { fillVariable, isDarkFill } from "../fills";
import { NoData } from "../NoData";
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

interface Style {
  palette?: string;
  palette_flip?: boolean;
  fill_min?: string | number;
  fill_max?: string | number;
}

export function Hostmap({ definition }: { definition: WidgetDefinition }) {
  const result = useTable({ ...definition, requests: fillAndSize(definition) });
  return (
    <Answer result={result}>
      {(table) => <Hexagons table={table} style={styleOf(definition)} sized={table.columns.length > 1} />}
    </Answer>
  );
}

/** The request that fills, then that which sizes: older maps name them, newer ones by the dimension of a formula. */
function fillAndSize(definition: WidgetDefinition): object[] {
  const given = definition.requests as { fill?: object; size?: object } | undefined;
  if (given?.fill || given?.size)
    return [given.fill ?? given.size, given.fill && given.size].filter(Boolean) as object[];
  return requestsOf(definition).slice(0, 2);
}

function styleOf(definition: WidgetDefinition): Style {
  const own = definition.style as Style | undefined;
  return own ?? (definition.requests as { style?: Style } | undefined)?.style ?? {};
}

interface HexagonsProps {
  table: Table;
  style: Style;
  sized: boolean;
}

function Hexagons({ table, style, sized }: HexagonsProps) {
  const rows = table.rows.filter((row) => row.values[0] !== null && row.values[0] !== undefined);
  if (rows.length === 0) return <NoData title="No host reports this metric in the selected time range" />;
  const values = rows.map((row) => row.values[0] ?? 0);
  const bound = (given: unknown, own: number) =>
    given !== undefined && given !== "" && Number.isFinite(Number(given)) ? Number(given) : own;
  const least = bound(style.fill_min, Math.min(...values));
  const most = bound(style.fill_max, Math.max(...values));
  const largest = Math.max(0, ...rows.map((row) => Math.abs(row.values[1] ?? 0)));
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
      {rows.map((row, index) => {
        const share = most > least ? ((row.values[0] ?? 0) - least) / (most - least) : 0.5;
        const size = sized && largest > 0 ? Math.sqrt(Math.abs(row.values[1] ?? 0) / largest) : 1;
        return (
          <Hexagon
            key={row.tags.join()}
            row={row}
            x={((index % columns) + 0.5 + (Math.floor(index / columns) % 2) * 0.5) * Math.sqrt(3)}
            y={Math.floor(index / columns) * 1.5 + 1}
            share={style.palette_flip ? 1 - share : share}
            palette={style.palette ?? "green_to_orange"}
            scale={0.35 + 0.65 * size}
            named={columns <= NAMED_COLUMNS}
            unit={table.columns[0]?.unit}
          />
        );
      })}
    </svg>
  );
}

interface HexagonProps {
  row: Row;
  x: number;
  y: number;
  share: number;
  palette: string;
  scale: number;
  /** Whether there is room for the name. */
  named: boolean;
  unit: UnitPair | null | undefined;
}

function Hexagon({ row, x, y, share, palette, scale, named, unit }: HexagonProps) {
  const points = HEXAGON.map(
    ([dx, dy]) => `${(x + dx * 0.95 * scale).toFixed(3)},${(y + dy * 0.95 * scale).toFixed(3)}`,
  ).join(" ");
  const name = row.tags.filter(Boolean).join(", ") || "all hosts";
  const text = new NumberFormat(unit).format(row.values[0]);
  return (
    <g>
      <title>{`${name}: ${text}`}</title>
      <polygon points={points} fill={`var(${fillVariable(palette, share)})`} />
      {named && scale > 0.7 && (
        <text x={x} y={y} className={css.hexName} data-far={isDarkFill(palette, share) || undefined}>
          <tspan x={x}>{shorten(name, 10)}</tspan>
          <tspan x={x} dy="1.2em">
            {text}
          </tspan>
        </text>
      )}
    </g>
  );
}
