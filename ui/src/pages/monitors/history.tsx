/** What a monitor did: its changes of state, with the second opinion of those that were anomalies. */
import { formatMoment } from "~/core/time";
import { formatValue, type UnitPair } from "~/core/units";
import { type Column, DataTable, Empty, Status } from "~/ui";
import { STATES, type Transition } from "./api";
import css from "./history.module.css";

const COLUMNS: Column<Transition>[] = [
  {
    key: "time",
    title: "When",
    width: "190px",
    sort: (row) => row.time,
    cell: (row) => formatMoment(row.time * 1000),
  },
  { key: "group", title: "Group", cell: (row) => (row.group === "*" ? "all" : row.group) },
  {
    key: "change",
    title: "Change",
    cell: (row) => (
      <span>
        {row.before} → <Status state={STATES[row.after] ?? "nodata"}>{row.after}</Status>
        {row.muted && <small className="muted"> not notified: muted</small>}
      </span>
    ),
  },
];

const valueColumn = (unit: UnitPair | null): Column<Transition> => ({
  key: "value",
  title: "Value",
  number: true,
  cell: (row) => formatValue(row.value, unit),
});

const OPINION: Column<Transition> = {
  key: "opinion",
  title: "Second opinion",
  width: "minmax(380px, 2fr)",
  cell: (row) => <p className={css.opinion}>{opinionWords(row.opinion)}</p>,
};

/** Under a heading that says what it is: without these words before it. */
export function opinionWords(opinion: string): string {
  const words = opinion.replace(/^Second opinion:\s*/, "");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

interface HistoryProps {
  transitions: readonly Transition[];
  unit?: UnitPair | null;
}

export function History({ transitions, unit = null }: HistoryProps) {
  if (transitions.length === 0) return <Empty title="No change of state yet" />;
  const told = transitions.some((row) => row.opinion);
  const rowHeight = told ? 44 : 30;
  return (
    <div style={{ height: Math.min(400, 40 + transitions.length * rowHeight) }}>
      <DataTable
        label="History"
        rows={transitions}
        columns={[...COLUMNS, valueColumn(unit), ...(told ? [OPINION] : [])]}
        rowKey={(row) => `${row.time} ${row.group} ${row.kind} ${row.after}`}
        rowHeight={rowHeight}
        initialSort={{ key: "time", descending: true }}
      />
    </div>
  );
}
