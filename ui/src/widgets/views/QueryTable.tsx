/** `query_table`: a row a group, a column a formula. */

import { useMemo, useState } from "react";
import { NumberFormat } from "~/core/units";
import { type Column, DataTable, Empty, SearchInput } from "~/ui";
import { conditionalStyle } from "../conditional";
import { useTable } from "../data";
import { Answer } from "../QueryResult";
import { requestsOf } from "../request";
import type { Row, Table } from "../tables";
import type { ConditionalFormat, WidgetDefinition } from "../types";
import css from "./views.module.css";

interface ColumnRules {
  mode: "number" | "bar" | "trend";
  rules?: ConditionalFormat[];
}

export function QueryTable({ definition }: { definition: WidgetDefinition }) {
  const result = useTable(definition);
  return <Answer result={result}>{(table) => <Grid definition={definition} table={table} />}</Answer>;
}

function Grid({ definition, table }: { definition: WidgetDefinition; table: Table }) {
  const [search, setSearch] = useState("");
  const rules = useMemo(() => rulesOf(definition), [definition]);
  const columns = useMemo(() => columnsOf(table, rules), [table, rules]);
  if (table.rows.length === 0) return <Empty title="No data for this query in this window" />;
  const wanted = search.toLowerCase();
  const rows = table.rows.filter((row) => row.tags.join(" ").toLowerCase().includes(wanted));
  const searchable =
    definition.has_search_bar === "always" ||
    (definition.has_search_bar !== "never" && table.rows.length > 12);
  return (
    <div className={css.grid}>
      {searchable && <SearchInput value={search} onChange={setSearch} placeholder="Filter rows" />}
      <DataTable
        label={definition.title ?? "Table"}
        rows={rows}
        columns={columns}
        rowKey={(row) => row.tags.join("\u0000")}
        initialSort={{ key: "v0", descending: true }}
      />
    </div>
  );
}

/** How each number column is drawn: legacy requests make one column each, others one a formula. */
function rulesOf(definition: WidgetDefinition): ColumnRules[] {
  return requestsOf(definition).flatMap((request): ColumnRules[] => {
    const modes = [request.cell_display_mode].flat() as (string | undefined)[];
    const formulas = request.formulas?.length ? request.formulas : (request.queries ?? [{}]);
    return formulas.map((formula, index) => {
      const own = formula as { cell_display_mode?: string; conditional_formats?: ConditionalFormat[] };
      return {
        mode: (own.cell_display_mode ?? modes[index] ?? "number") as ColumnRules["mode"],
        rules: own.conditional_formats ?? request.conditional_formats,
      };
    });
  });
}

function columnsOf(table: Table, rules: readonly ColumnRules[]): Column<Row>[] {
  const groups = table.groups.map(
    (name, index): Column<Row> => ({
      key: `g${index}`,
      title: name,
      cell: (row) => <span className="truncate">{row.tags[index] || "N/A"}</span>,
      sort: (row) => row.tags[index],
      width: "minmax(90px, 2fr)",
    }),
  );
  const numbers = table.columns.map((column, index): Column<Row> => {
    const format = new NumberFormat(column.unit);
    const most = Math.max(...table.rows.map((row) => Math.abs(row.values[index] ?? 0))) || 1;
    return {
      key: `v${index}`,
      title: <span title={column.name}>{column.name}</span>,
      number: true,
      sort: (row) => row.values[index],
      width: "minmax(80px, 1fr)",
      cell: (row) => {
        const value = row.values[index] ?? null;
        const style = conditionalStyle(value, rules[index]?.rules);
        if (rules[index]?.mode === "bar") {
          const width = `${(Math.abs(value ?? 0) / most) * 100}%`;
          return (
            <span className={css.cellBar}>
              <i style={{ width, background: style.background }} />
              <span className="num">{format.format(value)}</span>
            </span>
          );
        }
        return (
          <span className={`${css.cellNumber} num`} style={style}>
            {format.format(value)}
          </span>
        );
      },
    };
  });
  return [...groups, ...numbers];
}
