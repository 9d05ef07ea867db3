/** `treemap`: groups as rectangles, as large as their values. */
import { useState } from "react";
import { NumberFormat } from "~/core/units";
import { Button } from "~/ui";
import { useTable } from "../data";
import { useSize } from "../dom";
import { NoData } from "../NoData";
import { formulaUnit } from "../numberFormat";
import { Answer } from "../QueryResult";
import { requestsOf } from "../request";
import { partsOf, type Tile, tilesOf, totalOf } from "../shares";
import type { Table } from "../tables";
import type { WidgetDefinition } from "../types";
import { type ColorOf, colorsOf, percent } from "./Sunburst";
import css from "./views.module.css";

export function Treemap({ definition }: { definition: WidgetDefinition }) {
  const result = useTable(definition);
  return <Answer result={result}>{(table) => <Tiles definition={definition} table={table} />}</Answer>;
}

function Tiles({ definition, table }: { definition: WidgetDefinition; table: Table }) {
  const [frame, size] = useSize<HTMLDivElement>();
  const [focus, setFocus] = useState("");
  const all = partsOf(table);
  if (all.length === 0) return <NoData />;
  const focused = all.find((part) => part.label === focus && part.children.length > 1);
  const parts = focused ? focused.children : all;
  const format = new NumberFormat(
    formulaUnit(requestsOf(definition)[0]?.formulas?.[0]?.number_format, table.columns[0]?.unit),
  );
  const total = totalOf(parts);
  const colorOf = colorsOf(parts, definition);
  const label = `${parts.length} groups, total ${format.format(total)}`;
  return (
    <div ref={frame} className={css.treemap} role="img" aria-label={label}>
      {tilesOf(parts, size.width, size.height).map((tile) => (
        <Rectangle
          key={`${tile.root}/${tile.label}/${tile.outer}`}
          tile={tile}
          format={format}
          total={total}
          colorOf={colorOf}
          onFocus={setFocus}
        />
      ))}
      {focused && (
        <Button size="small" icon="left" className={css.back} onClick={() => setFocus("")}>
          Back
        </Button>
      )}
    </div>
  );
}

interface RectangleProps {
  tile: Tile;
  format: NumberFormat;
  total: number;
  colorOf: ColorOf;
  onFocus: (label: string) => void;
}

function Rectangle({ tile, format, total, colorOf, onFocus }: RectangleProps) {
  const value = format.format(tile.value);
  const strength = tile.outer ? 18 : 38;
  const style = {
    left: tile.x + 1,
    top: tile.y + 1,
    width: Math.max(0, tile.width - 2),
    height: Math.max(0, tile.height - 2),
    background: `color-mix(in srgb, ${colorOf(tile.root)} ${strength}%, var(--surface))`,
  };
  return (
    <div
      style={style}
      title={`${tile.label}: ${value} (${percent(tile.value / total)})`}
      onClick={() => onFocus(tile.root)}
    >
      {tile.width > 44 && tile.height > 20 && <span className="truncate">{tile.label}</span>}
      {!tile.outer && tile.width > 44 && tile.height > 40 && <span className="truncate num">{value}</span>}
    </div>
  );
}
