/** The organization: name, rules for logins, IP allowlist, mappings of the identity provider. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { request } from "~/api/client";
import { Page } from "~/shell/page";
import { Async, Button, Checkbox, Field, IconButton, Input, Notice, Panel, Select, toast } from "~/ui";
import css from "./settings.module.css";

const KEY = ["organization"];
const NEEDS = "org_management";

interface Org {
  public_id: string;
  name: string;
  description: string;
}

interface Config {
  attributes: { name: string; description: string; value: boolean | number; value_type: string };
}

interface Network {
  cidr_block: string;
  note: string;
}

interface Allowlist {
  data: { attributes: { enabled: boolean; entries: { data: { attributes: Network } }[] } };
}

interface Mapping {
  id: string;
  attributes: { attribute_key: string; attribute_value: string };
  relationships: { role?: { data: { id: string } }; team?: { data: { id: string } } };
}

interface Named {
  id: string;
  attributes: { name: string };
}

/** Runs a change, says that it was saved, and reads everything of the organization again. */
function useSave<Given>(change: (given: Given) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => {
      toast("Saved");
      return client.invalidateQueries({ queryKey: KEY });
    },
  });
}

export default function Organization() {
  return (
    <Page title="Organization">
      <div className={css.panels}>
        <Profile />
        <LoginRules />
        <IpAllowlist />
        <Mappings />
      </div>
    </Page>
  );
}

function Profile() {
  const query = useQuery({
    queryKey: [...KEY, "profile"],
    queryFn: async ({ signal }) =>
      (await request<{ orgs: Org[] }>("GET", "/api/v1/org", { signal })).orgs[0]!,
  });
  return (
    <Panel title="Profile">
      <Async query={query}>{(org) => <ProfileForm key={org.name + org.description} org={org} />}</Async>
    </Panel>
  );
}

function ProfileForm({ org }: { org: Org }) {
  const [name, setName] = useState(org.name);
  const [description, setDescription] = useState(org.description);
  const save = useSave(() => request("PUT", `/api/v1/org/${org.public_id}`, { body: { name, description } }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined);
  };
  return (
    <form className={css.panel} onSubmit={submit}>
      <Field label="Name" hint="Shown at the login and in mails." error={save.error?.message}>
        <Input maxLength={32} value={name} onChange={(event) => setName(event.target.value)} />
      </Field>
      <Field label="Description">
        <Input value={description} onChange={(event) => setDescription(event.target.value)} />
      </Field>
      <div>
        <Button
          type="submit"
          needs={NEEDS}
          disabled={!name.trim() || (name === org.name && description === org.description) || save.isPending}
        >
          Save
        </Button>
      </div>
    </form>
  );
}

const HOURS = 3600;
const DURATIONS = [1, 8, 24, 24 * 7, 24 * 30, 24 * 90].map((hours) => ({
  value: String(hours * HOURS),
  label: hours < 24 ? `${hours} h` : `${hours / 24} d`,
}));

function LoginRules() {
  const query = useQuery({
    queryKey: [...KEY, "configs"],
    queryFn: async ({ signal }) =>
      (await request<{ data: Config[] }>("GET", "/api/v2/org_configs", { signal })).data,
  });
  const save = useSave(({ name, value }: { name: string; value: boolean | number }) =>
    request("PATCH", `/api/v2/org_configs/${name}`, {
      body: { data: { type: "org_configs", attributes: { value } } },
    }),
  );
  return (
    <Panel title="Logins and sharing">
      <div className={css.panel}>
        <Async query={query}>
          {(configs) =>
            configs.map(({ attributes: { name, description, value, value_type } }) =>
              value_type === "bool" ? (
                <Checkbox
                  key={name}
                  checked={value === true}
                  onChange={(next) => save.mutate({ name, value: next })}
                >
                  {description}
                </Checkbox>
              ) : (
                <div key={name}>
                  <Select
                    label="Length of sessions"
                    value={String(value)}
                    options={withValue(String(value))}
                    onChange={(next) => save.mutate({ name, value: Number(next) })}
                  />
                </div>
              ),
            )
          }
        </Async>
        {save.error && <Notice state="alert">{save.error.message}</Notice>}
      </div>
    </Panel>
  );
}

function withValue(value: string) {
  return DURATIONS.some((option) => option.value === value)
    ? DURATIONS
    : [{ value, label: `${value} s` }, ...DURATIONS];
}

function IpAllowlist() {
  const query = useQuery({
    queryKey: [...KEY, "allowlist"],
    queryFn: async ({ signal }) =>
      (await request<Allowlist>("GET", "/api/v2/ip_allowlist", { signal })).data.attributes,
  });
  const [network, setNetwork] = useState<Network>({ cidr_block: "", note: "" });
  const save = useSave((given: { enabled: boolean; entries: readonly Network[] }) => {
    const entries = given.entries.map((attributes) => ({ data: { type: "ip_allowlist_entry", attributes } }));
    const attributes = { enabled: given.enabled, entries };
    return request("PATCH", "/api/v2/ip_allowlist", { body: { data: { type: "ip_allowlist", attributes } } });
  });
  return (
    <Panel title="IP allowlist" hint="For people and for application keys. Data may be sent from everywhere.">
      <div className={css.panel}>
        <Async query={query}>
          {({ enabled, entries: listed }) => {
            const entries = listed.map(({ data }) => data.attributes);
            return (
              <>
                <Checkbox checked={enabled} onChange={(next) => save.mutate({ enabled: next, entries })}>
                  Only addresses in this list have access
                </Checkbox>
                {entries.map((entry) => (
                  <div key={entry.cidr_block} className={css.session}>
                    <span>
                      <code>{entry.cidr_block}</code> <small className="muted">{entry.note}</small>
                    </span>
                    <IconButton
                      small
                      icon="trash"
                      label={`Remove ${entry.cidr_block}`}
                      onClick={() =>
                        save.mutate({ enabled, entries: entries.filter((other) => other !== entry) })
                      }
                    />
                  </div>
                ))}
                <form
                  className={css.inline}
                  onSubmit={(event) => {
                    event.preventDefault();
                    save.mutate(
                      { enabled, entries: [...entries, network] },
                      { onSuccess: () => setNetwork({ cidr_block: "", note: "" }) },
                    );
                  }}
                >
                  <Input
                    aria-label="Network"
                    placeholder="192.0.2.0/24"
                    value={network.cidr_block}
                    onChange={(event) => setNetwork({ ...network, cidr_block: event.target.value })}
                  />
                  <Input
                    aria-label="Note"
                    placeholder="Note"
                    value={network.note}
                    onChange={(event) => setNetwork({ ...network, note: event.target.value })}
                  />
                  <Button
                    type="submit"
                    icon="plus"
                    needs={NEEDS}
                    disabled={!network.cidr_block || save.isPending}
                  >
                    Add
                  </Button>
                </form>
              </>
            );
          }}
        </Async>
        {save.error && <Notice state="alert">{save.error.message}</Notice>}
      </div>
    </Panel>
  );
}

function Mappings() {
  const all = { query: { "page[size]": 1000 } };
  const query = useQuery({
    queryKey: [...KEY, "mappings"],
    queryFn: async ({ signal }) => {
      const [mappings, roles, teams] = await Promise.all([
        request<{ data: Mapping[] }>("GET", "/api/v2/authn_mappings", { ...all, signal }),
        request<{ data: Named[] }>("GET", "/api/v2/roles", { ...all, signal }),
        request<{ data: Named[] }>("GET", "/api/v2/team", { ...all, signal }),
      ]);
      return { mappings: mappings.data, roles: roles.data, teams: teams.data };
    },
  });
  const [given, setGiven] = useState({ key: "groups", value: "", target: "" });
  const add = useSave(() => {
    const [kind, id] = given.target.split(":") as ["role" | "team", string];
    const related = { [kind]: { data: { id, type: kind === "role" ? "roles" : "team" } } };
    const attributes = { attribute_key: given.key, attribute_value: given.value };
    return request("POST", "/api/v2/authn_mappings", {
      body: { data: { type: "authn_mappings", attributes, relationships: related } },
    });
  });
  const remove = useSave((id: string) => request("DELETE", `/api/v2/authn_mappings/${id}`));
  const problem = add.error ?? remove.error;
  return (
    <Panel
      title="Mappings of the identity provider"
      hint="Who has the value in the claim gets the role or joins the team at each login."
    >
      <div className={css.panel}>
        <Async query={query}>
          {({ mappings, roles, teams }) => {
            const targets = [
              ...roles.map((role) => ({ value: `role:${role.id}`, label: `Role ${role.attributes.name}` })),
              ...teams.map((team) => ({ value: `team:${team.id}`, label: `Team ${team.attributes.name}` })),
            ];
            const label = new Map(targets.map(({ value, label }) => [value, label]));
            return (
              <>
                {mappings.map((mapping) => {
                  const { role, team } = mapping.relationships;
                  const target = role ? `role:${role.data.id}` : `team:${team?.data.id}`;
                  const text = `${mapping.attributes.attribute_key}: ${mapping.attributes.attribute_value}`;
                  return (
                    <div key={mapping.id} className={css.session}>
                      <span>
                        <code>{text}</code> → {label.get(target) ?? target}
                      </span>
                      <IconButton
                        small
                        icon="trash"
                        label={`Remove ${text}`}
                        onClick={() => remove.mutate(mapping.id)}
                      />
                    </div>
                  );
                })}
                <form
                  className={css.inline}
                  onSubmit={(event) => {
                    event.preventDefault();
                    add.mutate(undefined, { onSuccess: () => setGiven({ ...given, value: "" }) });
                  }}
                >
                  <Input
                    aria-label="Claim"
                    placeholder="Claim, such as groups"
                    value={given.key}
                    onChange={(event) => setGiven({ ...given, key: event.target.value })}
                  />
                  <Input
                    aria-label="Value"
                    placeholder="Value"
                    value={given.value}
                    onChange={(event) => setGiven({ ...given, value: event.target.value })}
                  />
                  <Select
                    label="Role or team"
                    value={given.target}
                    options={[{ value: "", label: "Choose" }, ...targets]}
                    onChange={(target) => setGiven({ ...given, target })}
                  />
                  <Button
                    type="submit"
                    icon="plus"
                    needs="user_access_manage"
                    disabled={!given.key || !given.value || !given.target || add.isPending}
                  >
                    Add
                  </Button>
                </form>
              </>
            );
          }}
        </Async>
        {problem && <Notice state="alert">{problem.message}</Notice>}
      </div>
    </Panel>
  );
}
