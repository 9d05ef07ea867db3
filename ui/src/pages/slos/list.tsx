/** All SLOs with their status over the primary time window. */

import { useDeferredValue, useState } from "react";
import { Link, useLocation } from "wouter";
import { useMyTeams } from "~/pages/teams/mine";
import { Page } from "~/shell/page";
import {
  Async,
  Button,
  type Column,
  DataTable,
  Empty,
  Former,
  SearchInput,
  Status,
  TagList,
  Toolbar,
  useFormer,
} from "~/ui";
import { type Hit, STATES, TYPES, useSlos } from "./api";
import { leftOf, percent } from "./format";

const ORDER = ["breached", "warning", "no_data", "ok"];

const COLUMNS: Column<Hit>[] = [
  {
    key: "state",
    title: "Status",
    width: "120px",
    sort: (slo) => ORDER.indexOf(slo.status.state),
    cell: (slo) => <Status state={STATES[slo.status.state].state}>{STATES[slo.status.state].label}</Status>,
  },
  {
    key: "name",
    title: "Name",
    width: "minmax(220px, 3fr)",
    sort: (slo) => slo.name,
    cell: (slo) => (
      <Link className="truncate" href={`/slo/${slo.id}`}>
        {slo.name}
      </Link>
    ),
  },
  {
    key: "type",
    title: "Type",
    width: "160px",
    sort: (slo) => slo.slo_type,
    cell: (slo) => TYPES.find((type) => type.value === slo.slo_type)?.label,
  },
  {
    key: "target",
    title: "Target",
    width: "130px",
    number: true,
    cell: (slo) => {
      const primary = slo.overall_status[0];
      return primary ? `${primary.target}% / ${primary.timeframe}` : "–";
    },
  },
  {
    key: "sli",
    title: "SLI",
    width: "120px",
    number: true,
    sort: (slo) => slo.status.sli,
    cell: (slo) => percent(slo.status.sli, slo.status.span_precision),
  },
  {
    key: "budget",
    title: "Error budget left",
    width: "190px",
    number: true,
    sort: (slo) => slo.status.error_budget_remaining,
    cell: (slo) =>
      slo.status.error_budget_remaining === null
        ? "–"
        : `${percent(slo.status.error_budget_remaining, 1)} · ${leftOf(slo.status.raw_error_budget_remaining)}`,
  },
  {
    key: "tags",
    title: "Tags",
    width: "minmax(200px, 2fr)",
    cell: (slo) => <TagList tags={slo.all_tags} limit={3} />,
  },
];

export default function SloList() {
  const [search, setSearch] = useState("");
  const asked = useDeferredValue(search.trim());
  const [, navigate] = useLocation();
  const teams = useMyTeams();
  const query = useSlos(asked);
  const former = useFormer(query, asked);
  const add = (
    <Button kind="primary" icon="plus" needs="slos_write" onClick={() => navigate("/slo/new")}>
      New SLO
    </Button>
  );
  return (
    <Page title="SLOs" fill actions={add}>
      <Async query={query}>
        {({ hits, total }) =>
          total === 0 && !asked && !former ? (
            <Empty title="No SLOs found" actions={add}>
              An SLO compares how often a service works with a target, and shows how much error budget is
              left.
            </Empty>
          ) : (
            <>
              <Toolbar>
                <SearchInput
                  main
                  value={search}
                  onChange={setSearch}
                  placeholder="Search SLOs: name, team:a"
                />
                {teams.control}
              </Toolbar>
              <Former former={former}>
                {hits.length === 0 ? (
                  <Empty title="No SLOs match your search" />
                ) : (
                  <DataTable
                    label="SLOs"
                    rows={hits.filter((slo) => teams.shows(slo.all_tags))}
                    columns={COLUMNS}
                    rowKey={(slo) => slo.id}
                    initialSort={{ key: "state", descending: false }}
                  />
                )}
              </Former>
            </>
          )
        }
      </Async>
    </Page>
  );
}
