/** All monitors: what is wrong stands first; or the groups that are not well. */

import { useMemo, useState } from "react";
import { Link, useLocation } from "wouter";
import { formatAgo } from "~/core/time";
import { ViewsMenu } from "~/explorer/viewsMenu";
import { useMyTeams } from "~/pages/teams/mine";
import { Page } from "~/shell/page";
import { useUrlParams } from "~/shell/url";
import {
  Async,
  Button,
  type Column,
  DataTable,
  Empty,
  Notice,
  SearchInput,
  Segments,
  Select,
  Status,
  TagList,
  Toolbar,
} from "~/ui";
import { type Monitor, STATES, useEvaluation, useMonitors } from "./api";
import { BulkActions } from "./bulk";
import {
  FACET_LABELS,
  FACETS,
  type Facet,
  type Facets,
  facetCounts,
  isMuted,
  matches,
  type Triggered,
  triggeredGroups,
} from "./facets";
import { kindLabel } from "./kinds";
import css from "./list.module.css";

/** Seconds of lag from which administrators are notified. */
const TOLERATED = 60;

const SEVERITY = ["Alert", "Warn", "No Data", "OK"];
const KEPT = ["search", "status", "show", ...FACETS] as const;

function columns(selected: ReadonlySet<number>, toggle: (id: number) => void): Column<Monitor>[] {
  return [
    {
      key: "select",
      title: "",
      width: "36px",
      cell: (monitor) => (
        <input
          type="checkbox"
          aria-label={`Select ${monitor.name}`}
          checked={selected.has(monitor.id)}
          onChange={() => toggle(monitor.id)}
        />
      ),
    },
    {
      key: "state",
      title: "Status",
      width: "110px",
      sort: (monitor) => SEVERITY.indexOf(monitor.overall_state ?? "OK"),
      cell: (monitor) => (
        <Status state={STATES[monitor.overall_state ?? ""] ?? "nodata"}>{monitor.overall_state}</Status>
      ),
    },
    {
      key: "muted",
      title: "",
      width: "70px",
      wide: true,
      sort: (monitor) => (isMuted(monitor) ? 0 : 1),
      cell: (monitor) => (isMuted(monitor) ? <Status state="nodata">Muted</Status> : null),
    },
    {
      key: "priority",
      title: "Priority",
      width: "74px",
      wide: true,
      sort: (monitor) => monitor.priority ?? 9,
      cell: (monitor) => (monitor.priority ? `P${monitor.priority}` : ""),
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
      width: "130px",
      number: true,
      sort: troubled,
      cell: (monitor) =>
        groups(monitor).length > 0 && monitor.multi
          ? `${troubled(monitor)} of ${groups(monitor).length}`
          : "–",
    },
    {
      key: "type",
      title: "Type",
      width: "150px",
      sort: (monitor) => kindLabel(monitor.type, monitor.query),
      cell: (monitor) => kindLabel(monitor.type, monitor.query),
    },
    {
      key: "tags",
      title: "Tags",
      width: "minmax(240px, 2fr)",
      cell: (monitor) => <TagList tags={monitor.tags} limit={3} />,
    },
  ];
}

const TRIGGERED: Column<Triggered>[] = [
  {
    key: "status",
    title: "Status",
    width: "120px",
    sort: (row) => SEVERITY.indexOf(row.status),
    cell: (row) => <Status state={STATES[row.status] ?? "nodata"}>{row.status}</Status>,
  },
  {
    key: "since",
    title: "Since",
    width: "140px",
    sort: (row) => -row.since,
    cell: (row) => (row.since ? formatAgo(row.since * 1000, Date.now()) : ""),
  },
  {
    key: "group",
    title: "Group",
    width: "minmax(200px, 2fr)",
    sort: (row) => row.group,
    cell: (row) => (row.group === "*" ? "all" : row.group),
  },
  {
    key: "monitor",
    title: "Monitor",
    width: "minmax(240px, 3fr)",
    sort: (row) => row.monitor.name,
    cell: (row) => (
      <Link className="truncate" href={`/monitors/${row.monitor.id}`}>
        {row.monitor.name.replaceAll("**", "")}
      </Link>
    ),
  },
  {
    key: "muted",
    title: "",
    width: "90px",
    cell: (row) => (isMuted(row.monitor) ? <Status state="nodata">Muted</Status> : null),
  },
];

function groups(monitor: Monitor) {
  return Object.values(monitor.state?.groups ?? {});
}

function troubled(monitor: Monitor): number {
  return groups(monitor).filter((group) => group.status !== "OK").length;
}

export default function MonitorList() {
  const [, navigate] = useLocation();
  const query = useMonitors();
  const add = (
    <Button kind="primary" icon="plus" needs="monitors_write" onClick={() => navigate("/monitors/create")}>
      New monitor
    </Button>
  );
  return (
    <Page title="Monitors" fill actions={add}>
      <Async query={query}>
        {(monitors) =>
          monitors.length === 0 ? (
            <Empty title="No monitors found" actions={add}>
              A monitor evaluates a query and notifies people when it crosses a threshold.
            </Empty>
          ) : (
            <Loaded monitors={monitors} />
          )
        }
      </Async>
    </Page>
  );
}

function Loaded({ monitors }: { monitors: readonly Monitor[] }) {
  const [params, change] = useUrlParams();
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const given = (name: string) => params.get(name) ?? "";
  const facets = Object.fromEntries(["search", "status", ...FACETS].map((name) => [name, given(name)])) as
    // Every name above is one of its keys.
    unknown as Facets;
  const byGroup = given("show") === "groups";
  const teams = useMyTeams();
  const shown = monitors.filter((monitor) => teams.shows(monitor.tags) && matches(monitor, facets));
  const chosen = shown.filter((monitor) => selected.has(monitor.id));
  const toggle = (id: number) => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    setSelected(next);
  };
  const narrowed = FACETS.some((facet) => facets[facet] !== "") || facets.search !== "";
  return (
    <>
      <Lateness />
      <Toolbar>
        <SearchInput
          main
          value={facets.search}
          onChange={(search) => change({ search })}
          placeholder="Search monitors"
        />
        {teams.control}
        <Segments
          label="Status"
          value={facets.status || "all"}
          onChange={(value) => change({ status: value === "all" ? null : value })}
          options={["all", ...SEVERITY].map((value) => ({
            value,
            label: value === "all" ? `All ${monitors.length}` : `${value} ${count(monitors, value)}`,
          }))}
        />
        <Segments
          label="Show"
          value={byGroup ? "groups" : "monitors"}
          onChange={(value) => change({ show: value === "groups" ? value : null })}
          options={[
            { value: "monitors", label: "Monitors" },
            { value: "groups", label: "Triggered groups" },
          ]}
        />
        <ViewsMenu
          source="monitors"
          selected={given("view")}
          state={() => Object.fromEntries(KEPT.map((name) => [name, given(name)]))}
          onSelect={(view) =>
            change({
              ...Object.fromEntries(KEPT.map((name) => [name, view?.state[name] || null])),
              view: view ? String(view.id) : null,
            })
          }
        />
      </Toolbar>
      <div className={css.facets}>
        {FACETS.map((facet) => (
          <FacetSelect
            key={facet}
            facet={facet}
            monitors={monitors}
            value={facets[facet]}
            onChange={(value) => change({ [facet]: value })}
          />
        ))}
        {narrowed && (
          <Button
            size="small"
            kind="ghost"
            onClick={() => change(Object.fromEntries(["search", ...FACETS].map((name) => [name, null])))}
          >
            Clear filters
          </Button>
        )}
      </div>
      {!byGroup && chosen.length > 0 && (
        <div className={css.bulk} role="toolbar" aria-label="Selected monitors">
          {chosen.length < shown.length && (
            <Button size="small" onClick={() => setSelected(new Set(shown.map(({ id }) => id)))}>
              Select all {shown.length}
            </Button>
          )}
          <BulkActions monitors={chosen} onDone={() => setSelected(new Set())} />
        </div>
      )}
      {byGroup ? (
        <DataTable
          label="Triggered groups"
          rows={triggeredGroups(shown, facets.search)}
          columns={TRIGGERED}
          rowKey={(row) => `${row.monitor.id} ${row.group}`}
          empty="No group is in Alert, Warn or No Data"
          initialSort={{ key: "status", descending: false }}
        />
      ) : (
        <DataTable
          label="Monitors"
          rows={shown}
          columns={columns(selected, toggle)}
          rowKey={(monitor) => String(monitor.id)}
          initialSort={{ key: "state", descending: false }}
        />
      )}
    </>
  );
}

function Lateness() {
  const evaluation = useEvaluation();
  const late = evaluation.data?.lag ?? 0;
  if (late <= TOLERATED) return null;
  return (
    <Notice state="alert">
      Monitors are evaluated {Math.round(late)} s late; alerts come as much later. The last round took{" "}
      {Math.round(evaluation.data?.took ?? 0)} s.
    </Notice>
  );
}

interface FacetSelectProps {
  facet: Facet;
  monitors: readonly Monitor[];
  value: string;
  onChange: (value: string) => void;
}

function FacetSelect({ facet, monitors, value, onChange }: FacetSelectProps) {
  const counts = useMemo(() => facetCounts(monitors, facet), [monitors, facet]);
  if (counts.length === 0 && value === "") return null;
  const known = counts.some(([one]) => one === value) || value === "";
  return (
    <Select
      value={value}
      options={[
        { value: "", label: `${FACET_LABELS[facet]}: any` },
        ...(known ? [] : [{ value, label: `${FACET_LABELS[facet]}: ${value}` }]),
        ...counts.map(([one, number]) => ({
          value: one,
          label: `${FACET_LABELS[facet]}: ${one} (${number})`,
        })),
      ]}
      onChange={onChange}
    />
  );
}

const count = (monitors: readonly Monitor[], state: string) =>
  monitors.filter((monitor) => monitor.overall_state === state).length;
