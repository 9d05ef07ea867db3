/** All monitors: what is wrong stands first. */

import { useState } from "react";
import { Link, useLocation } from "wouter";
import { Page } from "~/shell/page";
import { useUrlState } from "~/shell/url";
import {
  Async,
  Button,
  type Column,
  DataTable,
  Empty,
  Notice,
  SearchInput,
  Segments,
  Status,
  TagList,
  Toolbar,
} from "~/ui";
import { type Monitor, STATES, useEvaluation, useMonitors } from "./api";

/** Seconds of lag from which administrators are notified. */
const TOLERATED = 60;

const SEVERITY = ["Alert", "Warn", "No Data", "OK"];

const COLUMNS: Column<Monitor>[] = [
  {
    key: "state",
    title: "Status",
    width: "120px",
    sort: (monitor) => SEVERITY.indexOf(monitor.overall_state ?? "OK"),
    cell: (monitor) => (
      <Status state={STATES[monitor.overall_state ?? ""] ?? "nodata"}>{monitor.overall_state}</Status>
    ),
  },
  {
    key: "name",
    title: "Name",
    width: "minmax(240px, 3fr)",
    sort: (monitor) => monitor.name,
    cell: (monitor) => (
      <Link className="truncate" href={`/monitors/${monitor.id}`}>
        {monitor.name.replaceAll("**", "")}
      </Link>
    ),
  },
  {
    key: "groups",
    title: "Triggered groups",
    width: "150px",
    number: true,
    sort: troubled,
    cell: (monitor) =>
      groups(monitor).length > 0 && monitor.multi ? `${troubled(monitor)} of ${groups(monitor).length}` : "–",
  },
  {
    key: "type",
    title: "Type",
    width: "150px",
    sort: (monitor) => monitor.type,
    cell: (monitor) => monitor.type,
  },
  { key: "tags", title: "Tags", cell: (monitor) => <TagList tags={monitor.tags} limit={3} /> },
  {
    key: "muted",
    title: "",
    width: "80px",
    cell: (monitor) =>
      Object.keys(monitor.options.silenced ?? {}).length > 0 ? <span className="muted">Muted</span> : null,
  },
];

function groups(monitor: Monitor) {
  return Object.values(monitor.state?.groups ?? {});
}

function troubled(monitor: Monitor): number {
  return groups(monitor).filter((group) => group.status !== "OK").length;
}

export default function MonitorList() {
  const [search, setSearch] = useState("");
  const [state, setState] = useUrlState("status", "all");
  const [, navigate] = useLocation();
  const query = useMonitors();
  const evaluation = useEvaluation();
  const late = evaluation.data?.lag ?? 0;
  const wanted = search.toLowerCase();
  const add = (
    <Button kind="primary" icon="plus" needs="monitors_write" onClick={() => navigate("/monitors/create")}>
      New monitor
    </Button>
  );
  const matches = (monitor: Monitor) =>
    (state === "all" || monitor.overall_state === state) &&
    `${monitor.name} ${monitor.query} ${monitor.tags.join(" ")}`.toLowerCase().includes(wanted);
  return (
    <Page title="Monitors" fill actions={add}>
      <Async query={query}>
        {(monitors) =>
          monitors.length === 0 ? (
            <Empty title="No monitors found" actions={add}>
              A monitor evaluates a query and notifies people when it crosses a threshold.
            </Empty>
          ) : (
            <>
              {late > TOLERATED && (
                <Notice state="alert">
                  Monitors are evaluated {Math.round(late)} s late; alerts come as much later. The last round
                  took {Math.round(evaluation.data?.took ?? 0)} s.
                </Notice>
              )}
              <Toolbar>
                <SearchInput main value={search} onChange={setSearch} placeholder="Search monitors" />
                <Segments
                  label="Status"
                  value={state}
                  onChange={setState}
                  options={["all", ...SEVERITY].map((value) => ({
                    value,
                    label: value === "all" ? `All ${monitors.length}` : `${value} ${count(monitors, value)}`,
                  }))}
                />
              </Toolbar>
              <DataTable
                label="Monitors"
                rows={monitors.filter(matches)}
                columns={COLUMNS}
                rowKey={(monitor) => String(monitor.id)}
                initialSort={{ key: "state", descending: false }}
              />
            </>
          )
        }
      </Async>
    </Page>
  );
}

const count = (monitors: readonly Monitor[], state: string) =>
  monitors.filter((monitor) => monitor.overall_state === state).length;
