/** `change`: each group now, beside the same a while before. */
import { NumberFormat, type UnitPair } from "~/core/units";
import { type Column, DataTable } from "~/ui";
import { backOf, type ChangeRow, changeRows, comparedFormula } from "../changeRows";
import { columnWidth } from "../columnWidth";
import { useWidgetScope, WidgetScopeProvider } from "../context";
import { useTable } from "../data";
import { NoData } from "../NoData";
import { formulaUnit } from "../numberFormat";
import { Answer } from "../QueryResult";
import { requestsOf, windowOf } from "../request";
import type { Table } from "../tables";
import type { WidgetDefinition, WidgetRequest } from "../types";

export function Change({ definition }: { definition: WidgetDefinition }) {
  const scope = useWidgetScope();
  const given = requestsOf(definition)[0] ?? {};
  const compared = comparedFormula(given);
  const back = compared?.back ?? backOf(given);
  const request: WidgetRequest = compared
    ? { ...given, formulas: [{ ...given.formulas?.[0], formula: compared.now }] }
    : given;
  const present = { ...definition, requests: [request] };
  const now = useTable(present);
  const window = windowOf(definition.time, scope.window);
  const earlier = { from: window.from - back, to: window.to - back };
  return (
    <Answer result={now} text={request.q}>
      {(table) => (
        <WidgetScopeProvider value={{ ...scope, window: earlier }}>
          <Compared definition={{ ...present, time: undefined }} table={table} request={request} />
        </WidgetScopeProvider>
      )}
    </Answer>
  );
}

interface ComparedProps {
  definition: WidgetDefinition;
  table: Table;
  request: WidgetRequest;
}

function Compared({ definition, table, request }: ComparedProps) {
  const before = useTable(definition);
  return (
    <Answer result={before}>
      {(past) => {
        const rows = changeRows(table, past, request);
        return rows.length === 0 ? (
          <NoData />
        ) : (
          <Changes
            rows={rows}
            request={request}
            unit={formulaUnit(request.formulas?.[0]?.number_format, table.columns[0]?.unit)}
          />
        );
      }}
    </Answer>
  );
}

interface ChangesProps {
  rows: ChangeRow[];
  request: WidgetRequest;
  unit: UnitPair | null | undefined;
}

function Changes({ rows, request, unit }: ChangesProps) {
  const format = new NumberFormat(unit);
  const relative = request.change_type === "relative";
  const text = (value: number | null) =>
    relative && value !== null
      ? `${(value * 100).toFixed(1)}\u2009%`.replace("-", "\u2212")
      : format.format(value);
  const number = (key: "now" | "before", title: string): Column<ChangeRow> => ({
    key,
    title,
    number: true,
    cell: (row) => format.format(row[key]),
    sort: (row) => row[key],
    width: columnWidth(
      title,
      rows.map((row) => format.format(row[key])),
      "whole",
    ),
  });
  const columns: Column<ChangeRow>[] = [
    {
      key: "name",
      title: "Group",
      width: columnWidth(
        "Group",
        rows.map((row) => row.name),
        "shortened",
      ),
      cell: (row) => (
        <span className="truncate" title={row.name}>
          {row.name}
        </span>
      ),
      sort: (row) => row.name,
    },
    ...(request.show_present === true ? [number("now", "Value")] : []),
    number("before", "Before"),
    {
      key: "change",
      title: "Change",
      number: true,
      sort: (row) => row.change,
      width: columnWidth(
        "Change",
        rows.map((row) => `▲ ${text(row.change)}`),
        "whole",
      ),
      cell: (row) => {
        const rising = (row.change ?? 0) > 0;
        const color = !row.change
          ? undefined
          : rising === (request.increase_good === true)
            ? "var(--ok)"
            : "var(--alert)";
        return (
          <span style={{ color }}>{`${rising ? "▲ " : row.change ? "▼ " : ""}${text(row.change)}`}</span>
        );
      },
    },
  ];
  return (
    <DataTable label="Changes" rows={rows} columns={columns} rowKey={(row) => row.name} rowHeight={28} />
  );
}
