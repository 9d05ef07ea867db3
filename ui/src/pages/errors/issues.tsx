/** Error tracking: errors of spans and logs as issues, with their trend, state and assignee. */

import { useState } from "react";
import { formatAgo, timeAsked } from "~/core/time";
import { writeNumber } from "~/core/units";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlParams, useUrlState } from "~/shell/url";
import {
  Async,
  Button,
  type Column,
  DataTable,
  Empty,
  SearchInput,
  Select,
  Status,
  Toolbar,
  useFormer,
} from "~/ui";
import { type Issue, STATES, useIssues } from "./api";
import { IssuePanel } from "./issuePanel";
import css from "./issues.module.css";

const NEW_SECONDS = 2 * 86_400;

const columns = (now: number): Column<Issue>[] => [
  {
    key: "issue",
    title: "Issue",
    width: "minmax(280px, 4fr)",
    cell: (row) => (
      <span className={css.issue}>
        <span className="truncate">
          <b>{row.type || "Error"}</b> {row.message}
        </span>
        <small className="muted truncate">
          {row.service}
          {row.function && ` · ${row.function}`}
          {row.file && ` · ${row.file}`}
        </small>
      </span>
    ),
  },
  { key: "state", title: "Status", width: "130px", cell: (row) => <IssueStatus issue={row} now={now} /> },
  { key: "trend", title: "Trend", width: "110px", cell: (row) => <Trend values={row.trend} /> },
  {
    key: "count",
    title: "Count",
    number: true,
    sort: (row) => row.count,
    cell: (row) => writeNumber(row.count),
  },
  {
    key: "users",
    title: "Users",
    number: true,
    sort: (row) => row.users,
    cell: (row) => writeNumber(row.users),
  },
  {
    key: "first",
    title: "First seen",
    width: "110px",
    sort: (row) => row.first_seen,
    cell: (row) => formatAgo(row.first_seen * 1000, now),
  },
  {
    key: "last",
    title: "Last seen",
    width: "110px",
    sort: (row) => row.last_seen,
    cell: (row) => formatAgo(row.last_seen * 1000, now),
  },
  { key: "version", title: "Version", width: "90px", cell: (row) => row.last_version },
  { key: "assignee", title: "Assignee", width: "130px", cell: (row) => row.assignee?.name ?? "" },
];

export function IssueStatus({ issue, now }: { issue: Issue; now: number }) {
  if (issue.state === "OPEN" && issue.regressed_at) return <Status state="alert">Regression</Status>;
  if (issue.state === "OPEN" && now / 1000 - issue.first_seen < NEW_SECONDS)
    return <Status state="warn">New</Status>;
  const states = {
    OPEN: "warn",
    ACKNOWLEDGED: "info",
    RESOLVED: "ok",
    IGNORED: "nodata",
    EXCLUDED: "nodata",
  } as const;
  return <Status state={states[issue.state]}>{STATES[issue.state]}</Status>;
}

/** Errors in equal parts of the time range, as bars. */
export function Trend({ values, height = 20 }: { values: readonly number[]; height?: number }) {
  const most = Math.max(1, ...values);
  return (
    <svg
      className={css.trend}
      viewBox={`0 0 ${Math.max(1, values.length) * 4} ${height}`}
      preserveAspectRatio="none"
      style={{ height }}
      role="img"
      aria-label={`At most ${most} in a part of the time range`}
    >
      {values.map((value, index) => {
        const tall = value === 0 ? 0 : Math.max(1, (value / most) * height);
        return <rect key={index} x={index * 4} y={height - tall} width={3} height={tall} />;
      })}
    </svg>
  );
}

export default function Issues() {
  const [params, change] = useUrlParams();
  const query = params.get("query") ?? "";
  const states = params.get("states") ?? "OPEN,ACKNOWLEDGED";
  const [order, setOrder] = useUrlState("order", "TOTAL_COUNT");
  const [typed, setTyped] = useState(query);
  const [known, setKnown] = useState(query);
  if (known !== query) {
    // By a link, or by going back.
    setKnown(query);
    setTyped(query);
  }
  const { range } = useTimeRange();
  const issues = useIssues(query, states === "all" ? "" : states, order, range);
  const former = useFormer(issues, query, states, order, timeAsked(range));
  const chosen = params.get("issue");
  return (
    <Page title="Error Tracking" time fill>
      <Toolbar>
        <form
          data-grow
          onSubmit={(event) => {
            event.preventDefault();
            change({ query: typed });
          }}
        >
          <SearchInput
            main
            value={typed}
            onChange={setTyped}
            placeholder="service:web env:prod error.type:TimeoutError version:1.4*"
          />
        </form>
        <Button onClick={() => change({ query: typed })}>Search</Button>
        <Select
          label="Status"
          value={states}
          onChange={(value) => change({ states: value === "OPEN,ACKNOWLEDGED" ? null : value })}
          options={[
            { value: "OPEN,ACKNOWLEDGED", label: "Unresolved" },
            { value: "OPEN", label: "For review" },
            { value: "ACKNOWLEDGED", label: "Reviewed" },
            { value: "RESOLVED", label: "Resolved" },
            { value: "IGNORED", label: "Ignored" },
            { value: "EXCLUDED", label: "Excluded" },
            { value: "all", label: "All" },
          ]}
        />
        <Select
          label="Sort by"
          value={order}
          onChange={setOrder}
          options={[
            { value: "TOTAL_COUNT", label: "Count" },
            { value: "FIRST_SEEN", label: "Newest" },
            { value: "IMPACTED_SESSIONS", label: "Impacted users" },
          ]}
        />
      </Toolbar>
      <Async query={issues} text={query} former={former}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title={query ? "No issues match your search" : "No issues found"}>
              Spans with an error and logs with <code>error.kind</code> or <code>error.stack</code> become
              issues.
            </Empty>
          ) : (
            <DataTable
              key={order}
              label="Issues"
              rows={rows}
              columns={columns(range.to)}
              rowKey={(row) => row.id}
              rowHeight={44}
              selected={chosen}
              onRow={(row) => change({ issue: row.id }, true)}
            />
          )
        }
      </Async>
      {chosen && <IssuePanel id={chosen} onClose={() => change({ issue: null })} />}
    </Page>
  );
}
