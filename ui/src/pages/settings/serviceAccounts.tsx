/** Service accounts: users for programs, with roles, application keys and access tokens. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { request } from "~/api/client";
import { Page } from "~/shell/page";
import { useUrlState } from "~/shell/url";
import {
  Async,
  Button,
  CodeBlock,
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
  Select,
  Status,
  Toolbar,
  toast,
} from "~/ui";
import { type Role, roleName, rolesOf, type User, useChangeUser, useRoles, useUsers } from "./api";
import css from "./settings.module.css";
import { Moment } from "./timestamp";

const ROOT = "/api/v2/service_accounts";
const NEEDS = "service_account_write";

interface Credential {
  id: string;
  attributes: {
    name: string;
    created_at: string;
    scopes: string[] | null;
    last4?: string;
    public_portion?: string;
    expires_at?: string | null;
    last_used_at?: string | null;
    key?: string;
  };
}

export default function ServiceAccounts() {
  const query = useUsers();
  const roles = useRoles();
  const [search, setSearch] = useState("");
  const [open, setOpen] = useUrlState("account");
  const [adding, setAdding] = useState(false);
  const known = roles.data ?? [];
  const create = (
    <Button kind="primary" icon="plus" needs={NEEDS} onClick={() => setAdding(true)}>
      New service account
    </Button>
  );
  const wanted = search.trim().toLowerCase();
  const accounts = (users: readonly User[]) => users.filter((user) => user.attributes.service_account);
  const fits = ({ attributes: { email, name } }: User) =>
    `${email} ${name ?? ""}`.toLowerCase().includes(wanted);
  const chosen = query.data?.find((user) => user.id === open);
  return (
    <Page title="Service accounts" fill actions={create}>
      <Toolbar>
        <SearchInput main value={search} onChange={setSearch} placeholder="Search service accounts" />
        <span className="muted">For programs: they have roles, keys and tokens, and cannot log in.</span>
      </Toolbar>
      <Async query={query}>
        {(users) =>
          accounts(users).length === 0 ? (
            <Empty title="No service accounts" actions={create}>
              A program that reads or changes things (Terraform, a deployment, a script) acts as a service
              account, so that it goes on working when people leave.
            </Empty>
          ) : (
            <DataTable
              label="Service accounts"
              rows={accounts(users).filter(fits)}
              columns={columns(known)}
              rowKey={(user) => user.id}
              onRow={(user) => setOpen(user.id)}
              selected={open || null}
              initialSort={{ key: "name", descending: false }}
              empty="No service accounts match your search"
            />
          )
        }
      </Async>
      {adding && <NewAccount roles={known} onClose={() => setAdding(false)} />}
      <Drawer
        title={chosen ? chosen.attributes.name || chosen.attributes.email : ""}
        open={chosen !== undefined}
        onClose={() => setOpen("")}
        width={680}
      >
        {chosen && <Account account={chosen} roles={known} />}
      </Drawer>
    </Page>
  );
}

function columns(roles: readonly Role[]): Column<User>[] {
  const role = (user: User) => rolesOf(user, roles) || "None";
  return [
    {
      key: "name",
      title: "Name",
      width: "minmax(160px, 1fr)",
      sort: (user) => user.attributes.name,
      cell: (user) => user.attributes.name || <span className="muted">–</span>,
    },
    {
      key: "email",
      title: "Email",
      width: "minmax(200px, 1fr)",
      sort: (user) => user.attributes.email,
      cell: (user) => user.attributes.email,
    },
    { key: "role", title: "Role", width: "150px", sort: role, cell: role },
    {
      key: "status",
      title: "Status",
      width: "110px",
      sort: (user) => user.attributes.status,
      cell: ({ attributes: { disabled } }) => (
        <Status state={disabled ? "nodata" : "ok"}>{disabled ? "Disabled" : "Active"}</Status>
      ),
    },
    {
      key: "created",
      title: "Created",
      width: "150px",
      sort: (user) => user.attributes.created_at,
      cell: (user) => <Moment text={user.attributes.created_at} />,
    },
  ];
}

function NewAccount({ roles, onClose }: { roles: readonly Role[]; onClose: () => void }) {
  const [given, setGiven] = useState({ name: "", email: "", role: "" });
  const role = given.role || (roles.find((item) => roleName(item) === "Read Only")?.id ?? "");
  const client = useQueryClient();
  const create = useMutation({
    mutationFn: () => {
      const relationships = { roles: { data: [{ id: role, type: "roles" }] } };
      const attributes = { name: given.name, email: given.email, service_account: true };
      return request("POST", ROOT, { body: { data: { type: "users", attributes, relationships } } });
    },
    onSuccess: () => {
      toast("Service account created");
      onClose();
      return client.invalidateQueries({ queryKey: ["settings"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  const footer = (
    <Button kind="primary" type="submit" form="new-account" disabled={!given.email || create.isPending}>
      Create
    </Button>
  );
  return (
    <Dialog title="New service account" open onClose={onClose} footer={footer} width={480}>
      <form id="new-account" className={css.form} onSubmit={submit}>
        <Field label="Name">
          <Input
            autoFocus
            value={given.name}
            onChange={(event) => setGiven({ ...given, name: event.target.value })}
          />
        </Field>
        <Field label="Email" hint="Of the people who are responsible for it." error={create.error?.message}>
          <Input
            type="email"
            required
            value={given.email}
            onChange={(event) => setGiven({ ...given, email: event.target.value })}
          />
        </Field>
        <div>
          <Select
            label="Role"
            value={role}
            options={roles.map((item) => ({ value: item.id, label: roleName(item) }))}
            onChange={(next) => setGiven({ ...given, role: next })}
          />
        </div>
      </form>
    </Dialog>
  );
}

function Account({ account, roles }: { account: User; roles: readonly Role[] }) {
  const change = useChangeUser();
  const [disabling, setDisabling] = useState(false);
  const { email, disabled } = account.attributes;
  const set = (next: boolean) =>
    change.mutate(
      { id: account.id, disabled: next },
      {
        onSuccess: () => {
          toast(next ? `Disabled ${email}` : `Enabled ${email}`);
          setDisabling(false);
        },
        onError: (error) => toast(error.message, "alert"),
      },
    );
  return (
    <>
      <Properties
        items={[
          ["Email", email],
          ["Role", rolesOf(account, roles) || "None"],
          ["Status", disabled ? "Disabled" : "Active"],
        ]}
      />
      <Credentials account={account} kind="application_keys" title="Application keys" />
      <Credentials account={account} kind="access_tokens" title="Access tokens" />
      <div className={css.buttons}>
        {disabled ? (
          <Button needs={NEEDS} onClick={() => set(false)}>
            Enable
          </Button>
        ) : (
          <Button kind="danger" needs="user_access_manage" onClick={() => setDisabling(true)}>
            Disable
          </Button>
        )}
      </div>
      {disabling && (
        <Confirm
          title={`Disable ${email}?`}
          action="Disable"
          busy={change.isPending}
          onConfirm={() => set(true)}
          onClose={() => setDisabling(false)}
        >
          <p>Its keys and tokens stop working at once.</p>
        </Confirm>
      )}
    </>
  );
}

type CredentialKind = "application_keys" | "access_tokens";

const TYPES: Record<CredentialKind, string> = {
  application_keys: "application_keys",
  access_tokens: "service_access_tokens",
};

interface CredentialsProps {
  account: User;
  kind: CredentialKind;
  title: string;
}

function Credentials({ account, kind, title }: CredentialsProps) {
  const path = `${ROOT}/${account.id}/${kind}`;
  const [adding, setAdding] = useState(false);
  const [revoking, setRevoking] = useState<Credential | null>(null);
  const client = useQueryClient();
  const key = ["settings", "credentials", account.id, kind];
  const query = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) =>
      (await request<{ data: Credential[] }>("GET", path, { query: { "page[size]": 1000 }, signal })).data,
  });
  const revoke = useMutation({
    mutationFn: (id: string) => request("DELETE", `${path}/${id}`),
    onSuccess: () => {
      toast("Revoked");
      setRevoking(null);
      return client.invalidateQueries({ queryKey: key });
    },
  });
  return (
    <section className={css.change}>
      <h3>{title}</h3>
      <Async query={query}>
        {(items) =>
          items.length === 0 ? (
            <p className="muted">None</p>
          ) : (
            items.map((item) => (
              <div key={item.id} className={css.session}>
                <span>
                  {item.attributes.name}{" "}
                  <code>
                    {item.attributes.last4 ? `…${item.attributes.last4}` : item.attributes.public_portion}
                  </code>
                  <br />
                  <small className="muted">
                    {item.attributes.scopes ? item.attributes.scopes.join(", ") : "No limit of scopes"} · last
                    used <Moment text={item.attributes.last_used_at ?? null} never="never" />
                  </small>
                </span>
                <IconButton
                  small
                  icon="trash"
                  label={`Revoke ${item.attributes.name}`}
                  onClick={() => setRevoking(item)}
                />
              </div>
            ))
          )
        }
      </Async>
      <Button icon="plus" needs={NEEDS} onClick={() => setAdding(true)}>
        New
      </Button>
      {adding && (
        <NewCredential
          kind={kind}
          path={path}
          onClose={() => {
            setAdding(false);
            client.invalidateQueries({ queryKey: key }).catch(() => undefined);
          }}
        />
      )}
      {revoking && (
        <Confirm
          title={`Revoke “${revoking.attributes.name}”?`}
          action="Revoke"
          busy={revoke.isPending}
          onConfirm={() => revoke.mutate(revoking.id)}
          onClose={() => setRevoking(null)}
        >
          <p>Requests with it are rejected at once. This cannot be undone.</p>
          {revoke.error && <Notice state="alert">{revoke.error.message}</Notice>}
        </Confirm>
      )}
    </section>
  );
}

function NewCredential({ kind, path, onClose }: { kind: CredentialKind; path: string; onClose: () => void }) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState("");
  const token = kind === "access_tokens";
  const listed = scopes.split(/[\s,]+/).filter(Boolean);
  const create = useMutation({
    mutationFn: async () => {
      const attributes = { name, ...(listed.length > 0 && { scopes: listed }) };
      return (
        await request<{ data: Credential }>("POST", path, {
          body: { data: { type: TYPES[kind], attributes } },
        })
      ).data;
    },
  });
  const secret = create.data?.attributes.key;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  const footer = secret ? (
    <Button kind="primary" onClick={onClose}>
      Done
    </Button>
  ) : (
    <Button
      kind="primary"
      type="submit"
      form="new-credential"
      disabled={!name.trim() || (token && listed.length === 0) || create.isPending}
    >
      Create
    </Button>
  );
  return (
    <Dialog
      title={token ? "New access token" : "New application key"}
      open
      onClose={onClose}
      footer={footer}
      width={520}
    >
      {secret ? (
        <>
          <Notice state="info">Copy it now. It is shown only once.</Notice>
          <CodeBlock code={secret} />
        </>
      ) : (
        <form id="new-credential" className={css.form} onSubmit={submit}>
          <Field label="Name" error={create.error?.message}>
            <Input autoFocus value={name} onChange={(event) => setName(event.target.value)} />
          </Field>
          <Field
            label="Scopes"
            hint={`Permissions that it is limited to, for example dashboards_read, monitors_read.${token ? "" : " Empty: no limit."}`}
          >
            <Input value={scopes} onChange={(event) => setScopes(event.target.value)} />
          </Field>
        </form>
      )}
    </Dialog>
  );
}
