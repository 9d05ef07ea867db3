/** The page of a team: members, links, the teams around it, where it is notified, and what it owns. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import { request } from "~/api/client";
import { useUsers } from "~/pages/settings/api";
import css from "~/pages/settings/settings.module.css";
import { Page } from "~/shell/page";
import {
  Async,
  Button,
  Confirm,
  Field,
  IconButton,
  Input,
  Notice,
  Panel,
  Segments,
  Select,
  toast,
} from "~/ui";
import { Owned } from "./teamOwned";

const ROOT = "/api/v2/team";

interface Team {
  id: string;
  attributes: { name: string; handle: string; description: string | null };
}

interface Member {
  attributes: { role?: "admin"; provisioned_by: string | null };
  relationships: { user: { data: { id: string } } };
}

interface TeamLink {
  id: string;
  attributes: { label: string; url: string };
}

interface HierarchyLink {
  id: string;
  relationships: Record<"parent_team" | "sub_team", { data: { id: string; attributes: { name: string } } }>;
}

interface Setting {
  attributes: { action: string; title: string; value: string; options: string[]; editable: boolean };
}

interface Rule {
  id: string;
  attributes: Record<string, Record<string, unknown>>;
}

function useList<Item>(key: string, id: string, path: string, query: Record<string, string> = {}) {
  return useQuery({
    queryKey: ["team", id, key],
    queryFn: async ({ signal }) => (await request<{ data: Item[] }>("GET", path, { query, signal })).data,
  });
}

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

export default function TeamPage() {
  const { id } = useParams<{ id: string }>();
  const query = useQuery({
    queryKey: ["team", id, "team"],
    queryFn: async ({ signal }) => (await request<{ data: Team }>("GET", `${ROOT}/${id}`, { signal })).data,
  });
  const settings = useList<Setting>("settings", id, `${ROOT}/${id}/permission-settings`);
  const edits = settings.data?.some((item) => item.attributes.editable) ?? false;
  return (
    <Page title={query.data?.attributes.name ?? "Team"} actions={query.data && <Delete team={query.data} />}>
      <Async query={query}>
        {(team) => (
          <div className={css.teamPage}>
            <div className={css.teamColumn}>
              <About
                key={`${team.attributes.name} ${team.attributes.description}`}
                team={team}
                edits={edits}
              />
              <Members id={id} edits={edits} />
              <Links id={id} edits={edits} />
            </div>
            <div className={css.teamColumn}>
              <Owned handle={team.attributes.handle} />
              <Hierarchy id={id} edits={edits} />
              <Rules id={id} handle={team.attributes.handle} edits={edits} />
              <Settings id={id} settings={settings.data ?? []} />
            </div>
          </div>
        )}
      </Async>
    </Page>
  );
}

const REFUSED = "Only people whom the team's settings name, and who has teams_manage, may change this";

function About({ team, edits }: { team: Team; edits: boolean }) {
  const [given, setGiven] = useState({
    name: team.attributes.name,
    description: team.attributes.description ?? "",
  });
  const save = useTeamChange(() => {
    const attributes = { ...given, handle: team.attributes.handle };
    return request("PATCH", `${ROOT}/${team.id}`, { body: { data: { type: "team", attributes } } });
  }, "Saved");
  const same =
    given.name === team.attributes.name && given.description === (team.attributes.description ?? "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined);
  };
  return (
    <Panel title="About" hint={`team:${team.attributes.handle}`}>
      <form className={css.panel} onSubmit={submit}>
        <Field label="Name" error={save.error?.message}>
          <Input
            readOnly={!edits}
            value={given.name}
            onChange={(event) => setGiven({ ...given, name: event.target.value })}
          />
        </Field>
        <Field label="Description">
          <Input
            readOnly={!edits}
            value={given.description}
            onChange={(event) => setGiven({ ...given, description: event.target.value })}
          />
        </Field>
        <div>
          <Button
            type="submit"
            disabled={!edits || same || save.isPending}
            title={edits ? undefined : REFUSED}
          >
            Save
          </Button>
        </div>
      </form>
    </Panel>
  );
}

interface PartProps {
  id: string;
  edits: boolean;
}

function Row({ children, onRemove, label }: { children: ReactNode; onRemove?: () => void; label: string }) {
  return (
    <div className={css.session}>
      <span className="truncate">{children}</span>
      {onRemove && <IconButton small icon="trash" label={label} onClick={onRemove} />}
    </div>
  );
}

function Members({ id, edits }: PartProps) {
  const path = `${ROOT}/${id}/memberships`;
  const users = useUsers();
  const query = useList<Member>("members", id, path, { "page[size]": "1000" });
  const [adding, setAdding] = useState("");
  const add = useTeamChange((user: string) => {
    const relationships = { user: { data: { id: user, type: "users" } } };
    return request("POST", path, { body: { data: { type: "team_memberships", relationships } } });
  }, "Member added");
  const remove = useTeamChange((user: string) => request("DELETE", `${path}/${user}`), "Member removed");
  const email = new Map(users.data?.map((user) => [user.id, user.attributes.email]));
  const inside = new Set(query.data?.map((member) => member.relationships.user.data.id));
  const others = [...email].filter(([user]) => !inside.has(user)).map(([value, label]) => ({ value, label }));
  const problem = add.error ?? remove.error;
  return (
    <Panel title="Members">
      <div className={css.panel}>
        <Async query={query}>
          {(members) =>
            members.length === 0 ? (
              <p className="muted">Nobody yet</p>
            ) : (
              members.map(({ attributes: { role, provisioned_by }, relationships: { user } }) => (
                <Row
                  key={user.data.id}
                  label={`Remove ${email.get(user.data.id) ?? "member"}`}
                  onRemove={edits && !provisioned_by ? () => remove.mutate(user.data.id) : undefined}
                >
                  {email.get(user.data.id) ?? user.data.id}
                  {role === "admin" && <small className="muted"> Team admin</small>}
                  {provisioned_by && <small className="muted"> by the identity provider</small>}
                </Row>
              ))
            )
          }
        </Async>
        {problem && <Notice state="alert">{problem.message}</Notice>}
        {edits && (
          <div className={css.inline}>
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
          </div>
        )}
      </div>
    </Panel>
  );
}

function Links({ id, edits }: PartProps) {
  const path = `${ROOT}/${id}/links`;
  const query = useList<TeamLink>("links", id, path);
  const [given, setGiven] = useState({ label: "", url: "" });
  const add = useTeamChange(
    () => request("POST", path, { body: { data: { type: "team_links", attributes: given } } }),
    "Link added",
  );
  const remove = useTeamChange((link: string) => request("DELETE", `${path}/${link}`), "Link removed");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(undefined, { onSuccess: () => setGiven({ label: "", url: "" }) });
  };
  const problem = add.error ?? remove.error;
  return (
    <Panel title="Links">
      <div className={css.panel}>
        <Async query={query}>
          {(links) =>
            links.map(({ id: link, attributes: { label, url } }) => (
              <Row
                key={link}
                label={`Remove ${label}`}
                onRemove={edits ? () => remove.mutate(link) : undefined}
              >
                <a href={url} target="_blank" rel="noreferrer">
                  {label}
                </a>
              </Row>
            ))
          }
        </Async>
        {problem && <Notice state="alert">{problem.message}</Notice>}
        {edits && (
          <form className={css.inline} onSubmit={submit}>
            <Input
              aria-label="Label"
              placeholder="Runbook"
              value={given.label}
              onChange={(event) => setGiven({ ...given, label: event.target.value })}
            />
            <Input
              aria-label="URL"
              placeholder="https://…"
              value={given.url}
              onChange={(event) => setGiven({ ...given, url: event.target.value })}
            />
            <Button type="submit" disabled={!given.label || !given.url || add.isPending}>
              Add
            </Button>
          </form>
        )}
      </div>
    </Panel>
  );
}

function Hierarchy({ id, edits }: PartProps) {
  const links = "/api/v2/team-hierarchy-links";
  const above = useList<HierarchyLink>("above", id, links, { "filter[sub_team]": id });
  const below = useList<HierarchyLink>("below", id, links, { "filter[parent_team]": id });
  const teams = useList<Team>("all", id, ROOT, { "page[size]": "1000" });
  const [adding, setAdding] = useState("");
  const add = useTeamChange(
    (team: string) =>
      request("POST", `${ROOT}/${id}/member_teams`, { body: { data: { id: team, type: "member_teams" } } }),
    "Team added",
  );
  const remove = useTeamChange((link: string) => request("DELETE", `${links}/${link}`), "Team removed");
  const inside = new Set(below.data?.map((link) => link.relationships.sub_team.data.id));
  const others = (teams.data ?? []).filter((team) => team.id !== id && !inside.has(team.id));
  const problem = add.error ?? remove.error;
  return (
    <Panel title="Hierarchy">
      <div className={css.panel}>
        <Async query={above}>
          {(found) =>
            found.map(({ id: link, relationships: { parent_team: parent } }) => (
              <p key={link}>
                Part of <Link href={`/settings/teams/${parent.data.id}`}>{parent.data.attributes.name}</Link>
              </p>
            ))
          }
        </Async>
        <Async query={below}>
          {(found) =>
            found.length === 0 ? (
              <p className="muted">No teams below this one</p>
            ) : (
              found.map(({ id: link, relationships: { sub_team: sub } }) => (
                <Row
                  key={link}
                  label={`Remove ${sub.data.attributes.name}`}
                  onRemove={edits ? () => remove.mutate(link) : undefined}
                >
                  <Link href={`/settings/teams/${sub.data.id}`}>{sub.data.attributes.name}</Link>
                </Row>
              ))
            )
          }
        </Async>
        {problem && <Notice state="alert">{problem.message}</Notice>}
        {edits && (
          <div className={css.inline}>
            <Select
              label="Team"
              value={adding}
              options={[
                { value: "", label: "Choose a team" },
                ...others.map((team) => ({ value: team.id, label: team.attributes.name })),
              ]}
              onChange={setAdding}
            />
            <Button
              disabled={!adding || add.isPending}
              onClick={() => add.mutate(adding, { onSuccess: () => setAdding("") })}
            >
              Add
            </Button>
          </div>
        )}
      </div>
    </Panel>
  );
}

function Rules({ id, handle, edits }: PartProps & { handle: string }) {
  const path = `${ROOT}/${id}/notification-rules`;
  const query = useList<Rule>("rules", id, path);
  const [email, setEmail] = useState("");
  const add = useTeamChange(() => {
    const attributes = { email: { enabled: true, recipient_email: email } };
    return request("POST", path, { body: { data: { type: "team_notification_rules", attributes } } });
  }, "Rule added");
  const remove = useTeamChange((rule: string) => request("DELETE", `${path}/${rule}`), "Rule removed");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(undefined, { onSuccess: () => setEmail("") });
  };
  const problem = add.error ?? remove.error;
  return (
    <Panel title="Notifications" hint={`@team-${handle} in a message`}>
      <div className={css.panel}>
        <Async query={query}>
          {(rules) =>
            rules.length === 0 ? (
              <p className="muted">Each member gets a mail.</p>
            ) : (
              rules.map((rule) => (
                <Row
                  key={rule.id}
                  label="Remove the rule"
                  onRemove={edits ? () => remove.mutate(rule.id) : undefined}
                >
                  {Object.entries(rule.attributes)
                    .map(
                      ([channel, fields]) =>
                        `${channel}: ${Object.values(fields)
                          .filter((v) => v !== true)
                          .join(" ")}`,
                    )
                    .join(", ")}
                </Row>
              ))
            )
          }
        </Async>
        {problem && <Notice state="alert">{problem.message}</Notice>}
        {edits && (
          <form className={css.inline} onSubmit={submit}>
            <Input
              type="email"
              aria-label="Email"
              placeholder="team@example.com"
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
            <Button type="submit" disabled={!email || add.isPending}>
              Add
            </Button>
          </form>
        )}
      </div>
    </Panel>
  );
}

const VALUES: Record<string, string> = {
  admins: "Team admins",
  members: "Members",
  organization: "Everybody",
  teams_manage: "teams_manage",
  user_access_manage: "user_access_manage",
};

function Settings({ id, settings }: { id: string; settings: readonly Setting[] }) {
  const change = useTeamChange(({ action, value }: { action: string; value: string }) => {
    const body = { data: { type: "team_permission_settings", attributes: { value } } };
    return request("PUT", `${ROOT}/${id}/permission-settings/${action}`, { body });
  }, "Saved");
  return (
    <Panel title="Who may change it">
      <div className={css.panel}>
        {settings.map(({ attributes: { action, title, value, options, editable } }) => (
          <div key={action} className={css.form}>
            <span>{title}</span>
            {editable ? (
              <Segments
                label={title}
                value={value}
                options={options
                  .slice(0, 4)
                  .map((option) => ({ value: option, label: VALUES[option] ?? option }))}
                onChange={(next) => change.mutate({ action, value: next })}
              />
            ) : (
              <span className="muted">{VALUES[value] ?? value}</span>
            )}
          </div>
        ))}
        {change.error && <Notice state="alert">{change.error.message}</Notice>}
      </div>
    </Panel>
  );
}

function Delete({ team }: { team: Team }) {
  const [asking, setAsking] = useState(false);
  const [, go] = useLocation();
  const remove = useTeamChange(() => request("DELETE", `${ROOT}/${team.id}`), "Team deleted");
  return (
    <>
      <Button kind="danger" icon="trash" needs="teams_manage" onClick={() => setAsking(true)}>
        Delete team
      </Button>
      {asking && (
        <Confirm
          title={`Delete ${team.attributes.name}?`}
          action="Delete"
          busy={remove.isPending}
          onConfirm={() => remove.mutate(undefined, { onSuccess: () => go("/settings/teams") })}
          onClose={() => setAsking(false)}
        >
          <p>Its members and what is tagged with it stay.</p>
          {remove.error && <Notice state="alert">{remove.error.message}</Notice>}
        </Confirm>
      )}
    </>
  );
}
