/** Two versions of a service beside each other: as a whole, by resource, and by error. */

import type { ReactNode } from "react";
import { Link } from "wouter";
import { formatDuration, writeNumber } from "~/core/units";
import { type Column, DataTable, Notice, Panel, Status, Toolbar } from "~/ui";
import type { Comparison, Numbers } from "./api";
import { useScope, withScope } from "./serviceScope";
import { percent } from "./statColumns";
import css from "./trace.module.css";

interface CompareProps {
  service: string;
  comparison: Comparison;
  pair: readonly [string, string];
  actions: ReactNode;
}

type Measure = { label: string; of: (numbers: Numbers) => number; write: (value: number) => string };

const MEASURES: readonly Measure[] = [
  { label: "Requests/s", of: (one) => one.hits_per_second, write: writeNumber },
  { label: "Error rate", of: (one) => one.error_rate, write: percent },
  ...(["p50", "p75", "p90", "p95", "p99", "max"] as const).map((name) => ({
    label: name,
    of: (one: Numbers) => one[name],
    write: formatDuration,
  })),
];

export function Compare({ service, comparison, pair, actions }: CompareProps) {
  const { before, after, errors } = comparison;
  const added = errors.filter((one) => one.new);
  return (
    <Panel title={`${pair[0]} and ${pair[1]} compared`}>
      <div className={css.compare}>
        <Toolbar>{actions}</Toolbar>
        {!before || !after ? (
          <Notice state="warn">
            {`${[!before && pair[0], !after && pair[1]].filter(Boolean).join(" and ")} sent nothing in the selected time range.`}
          </Notice>
        ) : (
          <DataTable
            label="Versions compared"
            rows={MEASURES}
            rowKey={(row) => row.label}
            columns={wholeColumns(before, after, pair)}
          />
        )}
        <h3>{added.length > 0 ? `${added.length} errors that ${pair[1]} brought` : "Errors"}</h3>
        <DataTable
          label="Errors compared"
          rows={errors}
          rowKey={(row) => row.issue}
          columns={errorColumns(service, pair)}
          empty="Neither version had errors"
        />
        <h3>By resource, those that became worse first</h3>
        <ResourcesCompared service={service} comparison={comparison} />
      </div>
    </Panel>
  );
}

/** The change of a number; less is better but for requests, which are neither. */
function Change({ before, after, neutral }: { before: number; after: number; neutral?: boolean }) {
  if (before === 0)
    return after === 0 ? <>–</> : <span className={neutral ? undefined : css.errors}>new</span>;
  const change = after / before - 1;
  const text = `${change > 0 ? "+" : ""}${writeNumber(Math.round(change * 1000) / 10)}\u2009%`;
  if (neutral || Math.abs(change) < 0.05) return <span className="muted">{text}</span>;
  return <Status state={change > 0 ? "alert" : "ok"}>{text}</Status>;
}

const wholeColumns = (
  before: Numbers,
  after: Numbers,
  pair: readonly [string, string],
): Column<Measure>[] => [
  { key: "measure", title: "", cell: (row) => <b>{row.label}</b> },
  { key: "before", title: pair[0], number: true, cell: (row) => row.write(row.of(before)) },
  { key: "after", title: pair[1], number: true, cell: (row) => row.write(row.of(after)) },
  {
    key: "change",
    title: "Change",
    width: "130px",
    cell: (row) => (
      <Change before={row.of(before)} after={row.of(after)} neutral={row.label === "Requests/s"} />
    ),
  },
];

const errorColumns = (
  service: string,
  pair: readonly [string, string],
): Column<Comparison["errors"][number]>[] => [
  {
    key: "new",
    title: "",
    width: "80px",
    cell: (row) => row.new && <Status state="alert">New</Status>,
  },
  {
    key: "issue",
    title: "Issue",
    width: "minmax(220px, 4fr)",
    cell: (row) => (
      <Link
        className="truncate"
        href={`/error-tracking?query=${encodeURIComponent(`service:"${service}"`)}&issue=${row.issue}`}
      >
        {row.type || "Error"}: {row.message}
      </Link>
    ),
  },
  { key: "before", title: pair[0], number: true, cell: (row) => writeNumber(row.before) },
  { key: "after", title: pair[1], number: true, cell: (row) => writeNumber(row.after) },
];

function ResourcesCompared({ service, comparison }: { service: string; comparison: Comparison }) {
  const scope = useScope();
  type Row = Comparison["resources"][number];
  const number = (
    key: string,
    title: string,
    of: (one: Numbers) => number,
    write: (value: number) => string,
  ): Column<Row> => ({
    key,
    title,
    width: "190px",
    cell: ({ before, after }) => (
      <span className="num">
        {before ? write(of(before)) : "–"} → {after ? write(of(after)) : "–"}{" "}
        {before && after && <Change before={of(before)} after={of(after)} neutral={key === "rate"} />}
      </span>
    ),
  });
  const columns: Column<Row>[] = [
    {
      key: "resource",
      title: "Resource",
      width: "minmax(200px, 2fr)",
      cell: ({ resource, operation }) => (
        <Link
          className="truncate"
          href={withScope(`/apm/services/${encodeURIComponent(service)}/resource`, scope, {
            resource,
            operation,
          })}
        >
          {resource}
        </Link>
      ),
    },
    number("rate", "Requests/s", (one) => one.hits_per_second, writeNumber),
    number("errors", "Error rate", (one) => one.error_rate, percent),
    number("p95", "p95", (one) => one.p95, formatDuration),
  ];
  return (
    <div style={{ height: 40 + Math.min(10, Math.max(2, comparison.resources.length)) * 30 }}>
      <DataTable
        label="Resources compared"
        rows={comparison.resources}
        columns={columns}
        rowKey={(row) => `${row.operation} ${row.resource}`}
        empty="Neither version had requests"
      />
    </div>
  );
}
