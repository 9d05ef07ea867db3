/** `query_table`: a row a group, a column a formula. */
import { useMemo, useState } from "react";
import { seriesStyles } from "~/core/seriesPalette";
import { NumberFormat } from "~/core/units";
import { type Column, DataTable, SearchInput } from "~/ui";
import { columnWidth } from "../columnWidth";
import { barColor, conditionalStyle, paletteStyle } from "../conditional";
import { useSeries, useTable } from "../data";
import { useFrame } from "../frame";
import { NoData } from "../NoData";
import { formulaUnit } from "../numberFormat";
import { Answer } from "../QueryResult";
import { requestsOf } from "../request";
import { Sparkline } from "../Sparkline";
import { sparkRange } from "../sparkPath";
import type { Row, Table } from "../tables";
import { type TextRule, textRule, textRulesOf } from "../textFormats";
import type { WidgetDefinition, WidgetFormula, WidgetRequest } from "../types";
import css from "./views.module.css";

interface ColumnRules {
  mode: "number" | "bar" | "trend";
  formula: Partial<WidgetFormula>;
}

type Trends = ReadonlyMap<string, readonly (number | null)[]>;

export function QueryTable({ definition }: { definition: WidgetDefinition }) {
  const result = useTable(definition);
  const trend = useMemo(() => rulesOf(definition).some((rule) => rule.mode === "trend"), [definition]);
  return (
    <Answer result={result}>
      {(table) =>
        trend ? (
          <WithTrends definition={definition} table={table} />
        ) : (
          <Rows definition={definition} table={table} trends={NO_TRENDS} />
        )
      }
    </Answer>
  );
}

const NO_TRENDS: Trends = new Map();

/** Trend cells need the series behind the numbers. */
function WithTrends({ definition, table }: { definition: WidgetDefinition; table: Table }) {
  const { data } = useSeries(definition);
  const trends = useMemo(() => {
    const found = new Map<string, readonly (number | null)[]>();
    for (const series of data?.flat() ?? []) {
      found.set(`${series.formula ?? 0}/${[...series.tags].sort().join(",")}`, series.values);
    }
    return found;
  }, [data]);
  return <Rows definition={definition} table={table} trends={trends} />;
}

interface RowsProps {
  definition: WidgetDefinition;
  table: Table;
  trends: Trends;
}

function Rows({ definition, table, trends }: RowsProps) {
  const [search, setSearch] = useState("");
  const frame = useFrame();
  const rules = useMemo(() => rulesOf(definition), [definition]);
  const columns = useMemo(
    () => columnsOf(table, rules, textRulesOf(definition), trends),
    [table, rules, definition, trends],
  );
  if (table.rows.length === 0) return <NoData />;
  const wanted = search.toLowerCase();
  const rows = table.rows.filter((row) => row.tags.join(" ").toLowerCase().includes(wanted));
  const searchable =
    definition.has_search_bar === "always" ||
    (definition.has_search_bar !== "never" && frame.rows >= 4 && table.rows.length > 12);
  return (
    <div className={css.grid}>
      {searchable && <SearchInput value={search} onChange={setSearch} placeholder="Filter rows" />}
      <DataTable
        label={definition.title || "Table"}
        rows={rows}
        columns={columns}
        rowKey={(row) => row.tags.join("\u0000")}
        initialSort={sortOf(requestsOf(definition)[0], table)}
        rowHeight={28}
      />
    </div>
  );
}

/** As the request sorts; by the first number otherwise. */
function sortOf(request: WidgetRequest | undefined, table: Table) {
  const order = request?.sort?.order_by?.[0];
  const descending = order?.order !== "asc";
  if (order?.type === "formula") return { key: `v${order.index ?? 0}`, descending };
  const group = order ? table.groups.indexOf(order.name ?? "") : -1;
  if (group >= 0) return { key: `g${group}`, descending };
  if (request?.q !== undefined && request.order) return { key: "v0", descending: request.order !== "asc" };
  const limited = request?.formulas?.findIndex((formula) => formula.limit) ?? -1;
  const by = Math.max(0, limited);
  return { key: `v${by}`, descending: request?.formulas?.[by]?.limit?.order !== "asc" };
}

/** How each number column is drawn: legacy requests make one column each, others one a formula. */
function rulesOf(definition: WidgetDefinition): ColumnRules[] {
  return requestsOf(definition).flatMap((request): ColumnRules[] => {
    const modes = [request.cell_display_mode].flat() as (string | undefined)[];
    const formulas = request.formulas?.length ? request.formulas : (request.queries ?? [{}]);
    return formulas.map((entry, index) => {
      const formula = entry as Partial<WidgetFormula>;
      return {
        mode: (formula.cell_display_mode ?? modes[index] ?? "number") as ColumnRules["mode"],
        formula: {
          ...formula,
          conditional_formats: formula.conditional_formats ?? request.conditional_formats,
        },
      };
    });
  });
}

function columnsOf(
  table: Table,
  rules: readonly ColumnRules[],
  texts: readonly TextRule[][],
  trends: Trends,
): Column<Row>[] {
  const groups = table.groups.map((name, index): Column<Row> => {
    const shown = (row: Row) => textRule(row.tags[index] || "N/A", texts[index]);
    return {
      key: `g${index}`,
      title: <span title={name}>{name.replace(/^@/, "")}</span>,
      cell: (row) => {
        const { text, rule } = shown(row);
        return (
          <span
            className={`${css.cellText} truncate`}
            title={text}
            style={rule ? paletteStyle(rule) : undefined}
          >
            {text}
          </span>
        );
      },
      sort: (row) => row.tags[index],
      width: columnWidth(
        name,
        table.rows.map((row) => shown(row).text),
        "shortened",
      ),
    };
  });
  const numbers = table.columns.map((column, index): Column<Row> => {
    const { formula = {}, mode = "number" } = rules[index] ?? {};
    const format = new NumberFormat(formulaUnit(formula.number_format, column.unit));
    const most = Math.max(...table.rows.map((row) => Math.abs(row.values[index] ?? 0))) || 1;
    const texts = table.rows.map((row) => format.format(row.values[index]));
    const trendOf = (row: Row) => {
      const tags = table.groups.map((key, i) => `${key}:${row.tags[i]}`).sort();
      return mode === "trend" ? trends.get(`${index}/${tags.join(",")}`) : undefined;
    };
    const shared = sparkRange(table.rows.flatMap((row) => trendOf(row) ?? []));
    return {
      key: `v${index}`,
      title: <span title={column.name}>{column.name}</span>,
      number: true,
      sort: (row) => row.values[index],
      width: columnWidth(column.name, mode === "trend" ? [...texts, "x".repeat(15)] : texts, "whole"),
      cell: (row) => {
        const value = row.values[index] ?? null;
        const style = conditionalStyle(value, formula.conditional_formats);
        if (mode === "bar") {
          const width = `${(Math.abs(value ?? 0) / most) * 100}%`;
          return (
            <span className={css.cellBar}>
              <i style={{ width, background: barColor(style) ?? paletteBar(formula) }} />
              <span className="num">{format.format(value)}</span>
            </span>
          );
        }
        const trend = trendOf(row);
        return (
          <span className={`${css.cellNumber} num`} style={style}>
            {trend && (
              <Sparkline
                values={trend}
                kind={formula.cell_display_mode_options?.trend_type}
                range={formula.cell_display_mode_options?.y_scale === "shared" ? shared : undefined}
              />
            )}
            <span>{format.format(value)}</span>
          </span>
        );
      },
    };
  });
  return [...groups, ...numbers];
}

function paletteBar(formula: Partial<WidgetFormula>): string | undefined {
  const palette = formula.style?.palette;
  if (!palette) return undefined;
  const [style] = seriesStyles(palette, [{ name: "bar", tags: [] }]);
  return `color-mix(in srgb, var(${style!.color}) 32%, var(--surface))`;
}
