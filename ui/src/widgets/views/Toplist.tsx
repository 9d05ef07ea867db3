/** `toplist`: groups by size, a bar each. */

import { NumberFormat } from "~/core/units";
import { Empty } from "~/ui";
import { conditionalStyle } from "../conditional";
import { useTable } from "../data";
import { Answer } from "../QueryResult";
import { requestsOf } from "../request";
import type { Row, Table } from "../tables";
import type { WidgetDefinition, WidgetRequest } from "../types";
import css from "./views.module.css";

export function Toplist({ definition }: { definition: WidgetDefinition }) {
  const result = useTable(definition);
  const request = requestsOf(definition)[0] ?? {};
  return (
    <Answer result={result} text={request.q}>
      {(table) => <Bars table={table} request={request} />}
    </Answer>
  );
}

function Bars({ table, request }: { table: Table; request: WidgetRequest }) {
  const rows = ranked(table.rows, request);
  if (rows.length === 0) return <Empty title="No data for this query in this window" />;
  const format = new NumberFormat(table.columns[0]?.unit);
  const most = Math.max(...rows.map((row) => Math.abs(row.values[0] ?? 0))) || 1;
  return (
    <ol className={css.bars}>
      {rows.map((row) => {
        const value = row.values[0] ?? null;
        const rule = conditionalStyle(value, request.conditional_formats);
        const label = row.tags.filter(Boolean).join(", ") || table.columns[0]?.name;
        return (
          <li key={row.tags.join()}>
            <span className="num">{format.format(value)}</span>
            <div title={label}>
              <i style={{ width: `${(Math.abs(value ?? 0) / most) * 100}%`, background: rule.background }} />
              <span className="truncate">{label}</span>
            </div>
          </li>
        );
      })}
    </ol>
  );
}

/** Sorted and cut as the request says; by value, largest first, when it says nothing. */
export function ranked(rows: readonly Row[], request: WidgetRequest): Row[] {
  const limit = request.formulas?.[0]?.limit;
  const order = request.sort?.order_by?.[0]?.order ?? limit?.order ?? "desc";
  const count = request.sort?.count ?? limit?.count ?? 100;
  const sign = order === "asc" ? 1 : -1;
  return rows
    .filter((row) => row.values[0] !== null)
    .sort((a, b) => ((a.values[0] ?? 0) - (b.values[0] ?? 0)) * sign)
    .slice(0, Math.min(count, 500));
}
