/** `query_value`: one number, large, colored by its rules. */

import type { CSSProperties } from "react";
import { NumberFormat, writeNumber } from "~/core/units";
import { conditionalStyle } from "../conditional";
import { useTable } from "../data";
import { Answer } from "../QueryResult";
import { requestsOf } from "../request";
import type { Table } from "../tables";
import type { WidgetDefinition } from "../types";
import css from "./views.module.css";

export function QueryValue({ definition }: { definition: WidgetDefinition }) {
  const result = useTable(definition);
  return <Answer result={result}>{(table) => <Figure definition={definition} table={table} />}</Answer>;
}

function Figure({ definition, table }: { definition: WidgetDefinition; table: Table }) {
  const value = table.rows[0]?.values[0] ?? null;
  const rules = requestsOf(definition)[0]?.conditional_formats;
  const { number, unit } = written(definition, table, value);
  const style = { ...conditionalStyle(value, rules), textAlign: definition.text_align } as CSSProperties;
  if (value === null) {
    return (
      <div className={css.figure} data-empty style={{ textAlign: style.textAlign }}>
        <span>No data</span>
        <small>nothing in this window matches the query</small>
      </div>
    );
  }
  return (
    <div className={css.figure} style={style}>
      <span className="num">
        {number}
        {unit && <small>{unit}</small>}
      </span>
    </div>
  );
}

/** The number and its unit: a custom unit wins; `autoscale: false` keeps the digits that `precision` asks for. */
function written(definition: WidgetDefinition, table: Table, value: number | null) {
  const precision = typeof definition.precision === "number" ? definition.precision : 2;
  const custom = typeof definition.custom_unit === "string" ? definition.custom_unit : "";
  const unit = table.columns[0]?.unit;
  if (value === null) return { number: "", unit: "" };
  if (!custom && definition.autoscale !== false && unit?.[0]) return new NumberFormat(unit).parts(value);
  if (definition.autoscale !== false && Math.abs(value) >= 10_000) {
    const scaled = new NumberFormat().parts(value);
    return { number: scaled.number, unit: [scaled.unit, custom].filter(Boolean).join("\u2009") };
  }
  const decimals = value.toFixed(Math.min(precision, 10)).replace("-", "\u2212");
  const number = Math.abs(value) >= 10_000 ? writeNumber(Number(value.toFixed(precision)), 15) : decimals;
  return { number: number.includes(".") ? number.replace(/\.?0+$/, "") : number, unit: custom };
}
