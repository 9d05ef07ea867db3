/** Open error issues of a service. */

import { Link } from "wouter";
import { formatAgo } from "~/core/time";
import { writeNumber } from "~/core/units";
import { type Issue, useIssues } from "~/pages/errors/api";
import { useTimeRange } from "~/shell/timeRange";
import { type Column, DataTable, Panel } from "~/ui";
import { searchOf, useScope } from "./serviceScope";

/** The search of issues has no host tags: the second primary tag is left out. */
function useSearch(service: string): string {
  return searchOf(service, { ...useScope(), tag: "" });
}

export function useServiceIssues(service: string) {
  const { range } = useTimeRange();
  return useIssues(useSearch(service), "OPEN,ACKNOWLEDGED", "TOTAL_COUNT", range);
}

export function ServiceIssues({ service }: { service: string }) {
  const { range } = useTimeRange();
  const search = useSearch(service);
  const query = useServiceIssues(service);
  const rows = query.data ?? [];
  const columns: Column<Issue>[] = [
    {
      key: "issue",
      title: "Issue",
      width: "minmax(200px, 4fr)",
      cell: (row) => (
        <Link
          className="truncate"
          href={`/error-tracking?query=${encodeURIComponent(search)}&issue=${row.id}`}
        >
          {row.type || "Error"}: {row.message}
        </Link>
      ),
    },
    {
      key: "count",
      title: "Count",
      number: true,
      sort: (row) => row.count,
      cell: (row) => writeNumber(row.count),
    },
    { key: "version", title: "First in", width: "110px", cell: (row) => row.first_version },
    {
      key: "first",
      title: "First seen",
      width: "120px",
      cell: (row) => formatAgo(row.first_seen * 1000, range.to),
    },
  ];
  return (
    <Panel title={`Error issues ${rows.length}`}>
      <div style={{ height: 40 + Math.min(14, Math.max(2, rows.length)) * 30 }}>
        <DataTable
          label="Error issues"
          rows={rows}
          columns={columns}
          rowKey={(row) => row.id}
          empty={query.isPending ? "Loading" : "No open issues in the selected time range"}
        />
      </div>
    </Panel>
  );
}
