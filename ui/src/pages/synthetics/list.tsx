/** All synthetic tests with their states. */

import { useDeferredValue, useState } from "react";
import { Link, useLocation } from "wouter";
import { Moment } from "~/pages/settings/timestamp";
import { useMyTeams } from "~/pages/teams/mine";
import { Page } from "~/shell/page";
import { Async, Button, type Column, DataTable, Empty, SearchInput, Status, TagList, Toolbar } from "~/ui";
import { type Row, STATES, subtypeLabel, useTests } from "./api";
import { every } from "./format";

const ORDER = ["failing", "pending", "paused", "passing"];

const COLUMNS: Column<Row>[] = [
  {
    key: "state",
    title: "Status",
    width: "120px",
    sort: (test) => ORDER.indexOf(test.state),
    cell: (test) => (
      <span title={test.last_error || undefined}>
        <Status state={STATES[test.state].state}>{STATES[test.state].label}</Status>
      </span>
    ),
  },
  {
    key: "name",
    title: "Name",
    width: "minmax(200px, 3fr)",
    sort: (test) => test.name,
    cell: (test) => (
      <Link className="truncate" href={`/synthetics/details/${test.public_id}`}>
        {test.name}
      </Link>
    ),
  },
  {
    key: "type",
    title: "Type",
    width: "100px",
    sort: (test) => test.subtype,
    cell: (test) => subtypeLabel(test.subtype),
  },
  {
    key: "target",
    title: "Target",
    width: "minmax(160px, 3fr)",
    sort: (test) => test.target,
    cell: (test) => (
      <span className="truncate" title={test.target}>
        {test.target}
      </span>
    ),
  },
  { key: "every", title: "Every", width: "90px", number: true, cell: (test) => every(test.tick_every) },
  {
    key: "last",
    title: "Last run",
    width: "170px",
    sort: (test) => test.last_run ?? 0,
    cell: (test) => <Moment text={test.last_run ? new Date(test.last_run * 1000).toISOString() : null} />,
  },
  {
    key: "tags",
    title: "Tags",
    width: "minmax(230px, 2fr)",
    cell: (test) => <TagList tags={test.tags} limit={3} />,
  },
];

export default function SyntheticTests() {
  const [search, setSearch] = useState("");
  const words = useDeferredValue(search.trim().toLowerCase()).split(/\s+/);
  const [, navigate] = useLocation();
  const teams = useMyTeams();
  const query = useTests();
  const add = (
    <Button
      kind="primary"
      icon="plus"
      needs="synthetics_write"
      onClick={() => navigate("/synthetics/create")}
    >
      New test
    </Button>
  );
  const matches = (test: Row) => {
    const text = `${test.name} ${test.target} ${test.state} ${test.tags.join(" ")}`.toLowerCase();
    return words.every((word) => text.includes(word)) && teams.shows(test.tags);
  };
  return (
    <Page title="Synthetic tests" fill actions={add}>
      <Async query={query}>
        {(tests) =>
          tests.length === 0 ? (
            <Empty title="No synthetic tests found" actions={add}>
              A synthetic test requests an address on a schedule, checks the response, and alerts when it
              fails.
            </Empty>
          ) : (
            <>
              <Toolbar>
                <SearchInput
                  main
                  value={search}
                  onChange={setSearch}
                  placeholder="Search tests: name, address, failing, team:a"
                />
                {teams.control}
              </Toolbar>
              <DataTable
                label="Synthetic tests"
                rows={tests.filter(matches)}
                columns={COLUMNS}
                rowKey={(test) => test.public_id}
                initialSort={{ key: "state", descending: false }}
                empty="No tests match your search"
              />
            </>
          )
        }
      </Async>
    </Page>
  );
}
