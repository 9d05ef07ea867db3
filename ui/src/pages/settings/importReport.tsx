/** The report of one import: counts by kind, what did not come and why. */
import { useState } from "react";
import type { components } from "~/api/schema";
import { type Column, DataTable, Empty, Notice, SearchInput } from "~/ui";
import css from "./import.module.css";

type Run = components["schemas"]["RunInfo"];

interface Problem {
  kind: string;
  outcome: string;
  id: string;
  name: string;
  reason: string;
}

export interface Report {
  dry_run?: boolean;
  counts?: Record<string, Record<string, number>>;
  problems?: Problem[];
  problems_left_out?: number;
  not_imported?: { title: string; count: number; reason: string }[];
  unlisted?: { title: string; reason: string }[];
}

const OUTCOMES = ["created", "updated", "unchanged", "existing", "skipped", "failed"];

const COLUMNS: Column<Problem>[] = [
  {
    key: "outcome",
    title: "Outcome",
    width: "100px",
    sort: (row) => row.outcome,
    cell: (row) => row.outcome,
  },
  { key: "kind", title: "Kind", width: "150px", sort: (row) => row.kind, cell: (row) => titleOf(row.kind) },
  {
    key: "name",
    title: "Name",
    width: "minmax(140px, 1fr)",
    sort: (row) => row.name,
    cell: (row) => <span title={row.id}>{row.name || row.id}</span>,
  },
  {
    key: "reason",
    title: "Reason",
    width: "minmax(220px, 2fr)",
    sort: (row) => row.reason,
    cell: (row) => <span title={row.reason}>{row.reason}</span>,
  },
];

function titleOf(kind: string): string {
  const words = kind === "service_level_objectives" ? "SLOs" : kind.replaceAll("_", " ");
  return words.startsWith("slo ") ? `SLO${words.slice(3)}` : words.charAt(0).toUpperCase() + words.slice(1);
}

export function ImportReport({ run }: { run: Run }) {
  const report = run.report as unknown as Report;
  const [search, setSearch] = useState("");
  const counts = Object.entries(report.counts ?? {});
  const text = search.toLowerCase();
  const problems = (report.problems ?? []).filter((one) =>
    `${one.outcome} ${one.kind} ${one.name} ${one.reason}`.toLowerCase().includes(text),
  );
  return (
    <div className={css.report}>
      {run.error && <Notice state="alert">{run.error}</Notice>}
      {run.state === "interrupted" && (
        <Notice>The server ended during this import. Start it again: it goes on where it was.</Notice>
      )}
      {report.dry_run && <Notice state="info">Dry run: nothing was changed.</Notice>}
      {counts.length > 0 && (
        <div className={css.scroll}>
          <table className={css.counts}>
            <thead>
              <tr>
                <th scope="col">Kind</th>
                {OUTCOMES.map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {counts.map(([kind, one]) => (
                <tr key={kind}>
                  <th scope="row">{titleOf(kind)}</th>
                  {OUTCOMES.map((name) => (
                    <td key={name} data-zero={!one[name]} data-failed={name === "failed" && !!one[name]}>
                      {(one[name] ?? 0).toLocaleString()}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {report.not_imported?.map((one) => (
        <Notice key={one.title}>
          {one.count.toLocaleString()} {one.title} cannot be imported: {one.reason}.
        </Notice>
      ))}
      {report.unlisted?.map((one) => (
        <Notice key={one.title}>
          The source did not list {one.title}: {one.reason}
        </Notice>
      ))}
      {report.problems && report.problems.length > 0 ? (
        <>
          <h3>What did not come as it was</h3>
          <SearchInput value={search} onChange={setSearch} placeholder="Filter" />
          <div className={css.problems}>
            <DataTable
              label="Problems"
              rows={problems}
              columns={COLUMNS}
              rowKey={(one) => `${one.kind} ${one.id} ${one.reason}`}
            />
          </div>
          {!!report.problems_left_out && (
            <p className="muted">{report.problems_left_out} more are not listed.</p>
          )}
        </>
      ) : (
        run.state === "done" && <Empty title="Everything came">No resource was refused or incomplete.</Empty>
      )}
    </div>
  );
}
