/** Teams: who is in them, what belongs to them. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { request } from "~/api/client";
import { Page } from "~/shell/page";
import { useUrlState } from "~/shell/url";
import {
  Async,
  Button,
  type Column,
  DataTable,
  Dialog,
  Empty,
  Field,
  Input,
  SearchInput,
  Segments,
  Toolbar,
  toast,
} from "~/ui";
import css from "./settings.module.css";

interface Team {
  id: string;
  attributes: { name: string; handle: string; description: string | null; user_count: number };
}

const ROOT = "/api/v2/team";
const SHOWN = [
  { value: "all", label: "All teams" },
  { value: "mine", label: "My teams" },
] as const;

export default function Teams() {
  const [shown, setShown] = useUrlState("show", "all");
  const [search, setSearch] = useState("");
  const [, go] = useLocation();
  const [adding, setAdding] = useState(false);
  const query = useQuery({
    queryKey: ["teams", shown],
    queryFn: async ({ signal }) => {
      const filter = shown === "mine" ? { "filter[me]": "true" } : {};
      const given = { "page[size]": 1000, ...filter };
      return (await request<{ data: Team[] }>("GET", ROOT, { query: given, signal })).data;
    },
  });
  const create = (
    <Button kind="primary" icon="plus" needs="teams_manage" onClick={() => setAdding(true)}>
      New team
    </Button>
  );
  const fits = ({ attributes: { name, handle } }: Team) =>
    `${name} ${handle}`.toLowerCase().includes(search.trim().toLowerCase());
  return (
    <Page title="Teams" fill actions={create}>
      <Toolbar>
        <SearchInput main value={search} onChange={setSearch} placeholder="Search teams" />
        <Segments label="Show" value={shown as "all"} options={SHOWN} onChange={setShown} />
      </Toolbar>
      <Async query={query}>
        {(teams) =>
          teams.length === 0 ? (
            <Empty title="No teams found" actions={create}>
              A team groups the people who own services, monitors and dashboards tagged{" "}
              <code>team:handle</code>.
            </Empty>
          ) : (
            <DataTable
              label="Teams"
              rows={teams.filter(fits)}
              columns={COLUMNS}
              rowKey={(team) => team.id}
              onRow={(team) => go(`/settings/teams/${team.id}`)}
              empty="No teams match your search"
            />
          )
        }
      </Async>
      {adding && <NewTeam onClose={() => setAdding(false)} />}
    </Page>
  );
}

const COLUMNS: Column<Team>[] = [
  {
    key: "name",
    title: "Name",
    width: "minmax(180px, 1fr)",
    sort: (team) => team.attributes.name,
    cell: (team) => team.attributes.name,
  },
  {
    key: "handle",
    title: "Handle",
    width: "minmax(140px, 1fr)",
    sort: (team) => team.attributes.handle,
    cell: (team) => <code>{team.attributes.handle}</code>,
  },
  {
    key: "members",
    title: "Members",
    width: "100px",
    sort: (team) => team.attributes.user_count,
    cell: (team) => <span className="num">{team.attributes.user_count}</span>,
  },
  {
    key: "description",
    title: "Description",
    width: "minmax(160px, 2fr)",
    cell: (team) => <span className="truncate">{team.attributes.description}</span>,
  },
];

function useTeamChange<Given>(change: (given: Given) => Promise<unknown>, done: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => {
      toast(done);
      return client.invalidateQueries({
        predicate: ({ queryKey }) => String(queryKey[0]).startsWith("team"),
      });
    },
  });
}

function NewTeam({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [handle, setHandle] = useState("");
  const given =
    handle ||
    name
      .trim()
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-");
  const create = useTeamChange(
    () => request("POST", ROOT, { body: { data: { type: "team", attributes: { name, handle: given } } } }),
    "Team created",
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(undefined, { onSuccess: onClose });
  };
  const footer = (
    <Button kind="primary" type="submit" form="new-team" disabled={!name.trim() || create.isPending}>
      Create
    </Button>
  );
  return (
    <Dialog title="New team" open onClose={onClose} footer={footer} width={480}>
      <form id="new-team" className={css.form} onSubmit={submit}>
        <Field label="Name" error={create.error?.message}>
          <Input autoFocus value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field label="Handle" hint="As in the tag team:handle">
          <Input value={given} onChange={(event) => setHandle(event.target.value)} />
        </Field>
      </form>
    </Dialog>
  );
}
