/** Teams: who is in them, what belongs to them. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { request } from "~/api/client";
import { Page } from "~/shell/page";
import { useUrlState } from "~/shell/url";
import {
  Async,
  Button,
  type Column,
  Confirm,
  DataTable,
  Dialog,
  Drawer,
  Empty,
  Field,
  IconButton,
  Input,
  Notice,
  Properties,
  SearchInput,
  Segments,
  Select,
  Toolbar,
  toast,
} from "~/ui";
import { useUsers } from "./api";
import css from "./settings.module.css";

interface Team {
  id: string;
  attributes: { name: string; handle: string; description: string | null; user_count: number };
}

interface Member {
  attributes: { role?: "admin" };
  relationships: { user: { data: { id: string } } };
}

interface Link {
  id: string;
  attributes: { label: string; url: string };
}

const ROOT = "/api/v2/team";
const SHOWN = [
  { value: "all", label: "All teams" },
  { value: "mine", label: "My teams" },
] as const;

export default function Teams() {
  const [shown, setShown] = useUrlState("show", "all");
  const [search, setSearch] = useState("");
  const [open, setOpen] = useUrlState("team");
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
  const chosen = query.data?.find((team) => team.id === open);
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
              onRow={(team) => setOpen(team.id)}
              selected={open || null}
              empty="No teams match your search"
            />
          )
        }
      </Async>
      {adding && <NewTeam onClose={() => setAdding(false)} />}
      <Drawer
        title={chosen?.attributes.name ?? ""}
        open={chosen !== undefined}
        onClose={() => setOpen("")}
        width={640}
      >
        {chosen && <Details team={chosen} onDeleted={() => setOpen("")} />}
      </Drawer>
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

function Details({ team, onDeleted }: { team: Team; onDeleted: () => void }) {
  const [deleting, setDeleting] = useState(false);
  const links = useQuery({
    queryKey: ["team-links", team.id],
    queryFn: async ({ signal }) =>
      (await request<{ data: Link[] }>("GET", `${ROOT}/${team.id}/links`, { signal })).data,
  });
  const remove = useTeamChange(() => request("DELETE", `${ROOT}/${team.id}`), "Team deleted");
  const tag = `team:${team.attributes.handle}`;
  return (
    <>
      <Properties
        items={[
          ["Tag", <code key="tag">{tag}</code>],
          ...(team.attributes.description ? [["Description", team.attributes.description] as const] : []),
          ...(links.data ?? []).map(
            (link) =>
              [
                link.attributes.label,
                <a key={link.id} href={link.attributes.url} target="_blank" rel="noreferrer">
                  {link.attributes.url}
                </a>,
              ] as const,
          ),
        ]}
      />
      <Members team={team} />
      <Button kind="danger" icon="trash" needs="teams_manage" onClick={() => setDeleting(true)}>
        Delete team
      </Button>
      {deleting && (
        <Confirm
          title={`Delete ${team.attributes.name}?`}
          action="Delete"
          busy={remove.isPending}
          onConfirm={() => remove.mutate(undefined, { onSuccess: onDeleted })}
          onClose={() => setDeleting(false)}
        >
          <p>Its members and what is tagged with it are kept.</p>
          {remove.error && <Notice state="alert">{remove.error.message}</Notice>}
        </Confirm>
      )}
    </>
  );
}

function Members({ team }: { team: Team }) {
  const [adding, setAdding] = useState("");
  const users = useUsers();
  const path = `${ROOT}/${team.id}/memberships`;
  const query = useQuery({
    queryKey: ["team-members", team.id],
    queryFn: async ({ signal }) =>
      (await request<{ data: Member[] }>("GET", path, { query: { "page[size]": 1000 }, signal })).data,
  });
  const add = useTeamChange((id: string) => {
    const relationships = { user: { data: { id, type: "users" } } };
    return request("POST", path, { body: { data: { type: "team_memberships", relationships } } });
  }, "Member added");
  const remove = useTeamChange((id: string) => request("DELETE", `${path}/${id}`), "Member removed");
  const email = new Map(users.data?.map((user) => [user.id, user.attributes.email]));
  const inside = new Set(query.data?.map((member) => member.relationships.user.data.id));
  const others = [...email].filter(([id]) => !inside.has(id)).map(([value, label]) => ({ value, label }));
  const problem = add.error ?? remove.error;
  return (
    <section className={css.change}>
      <h3>Members</h3>
      {problem && <Notice state="alert">{problem.message}</Notice>}
      <Async query={query}>
        {(members) =>
          members.map(({ attributes, relationships: { user } }) => (
            <div key={user.data.id} className={css.session}>
              <span>
                {email.get(user.data.id) ?? user.data.id}
                {attributes.role === "admin" && <small className="muted"> Team admin</small>}
              </span>
              <IconButton
                small
                icon="trash"
                label={`Remove ${email.get(user.data.id) ?? "member"}`}
                onClick={() => remove.mutate(user.data.id)}
              />
            </div>
          ))
        }
      </Async>
      <Toolbar>
        <Select
          label="User"
          value={adding}
          options={[{ value: "", label: "Choose a user" }, ...others]}
          onChange={setAdding}
        />
        <Button
          disabled={!adding || add.isPending}
          onClick={() => add.mutate(adding, { onSuccess: () => setAdding("") })}
        >
          Add
        </Button>
      </Toolbar>
    </section>
  );
}
