/** Roles: what each grants; custom ones are created, changed and deleted here. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { request } from "~/api/client";
import { Page } from "~/shell/page";
import { useUrlState } from "~/shell/url";
import {
  Async,
  Button,
  Checkbox,
  type Column,
  Confirm,
  DataTable,
  Dialog,
  Drawer,
  Field,
  Input,
  Notice,
  Select,
  toast,
  useMay,
} from "~/ui";
import { roleName } from "./api";
import { RoleLogs } from "./roleLogs";
import css from "./settings.module.css";

interface Role {
  id: string;
  attributes: { name: string; user_count: number };
  relationships: { permissions: { data: { id: string }[] } };
}

interface Permission {
  id: string;
  attributes: { name: string; display_name: string; description: string; group_name: string };
}

const ROOT = "/api/v2/roles";
const UNUSED = "Not used here";

/** Managed roles have fixed permissions; the server names them all alike. */
const isManaged = (role: Role) => /^Heeler .* Role$/.test(role.attributes.name);

export default function Roles() {
  const [open, setOpen] = useUrlState("role");
  const query = useQuery({
    queryKey: ["settings", "roles", "counted"],
    queryFn: async ({ signal }) =>
      (await request<{ data: Role[] }>("GET", ROOT, { query: { "page[size]": 1000 }, signal })).data,
  });
  const chosen = query.data?.find((role) => role.id === open);
  const [adding, setAdding] = useState(false);
  const add = (
    <Button kind="primary" icon="plus" needs="user_access_manage" onClick={() => setAdding(true)}>
      New role
    </Button>
  );
  return (
    <Page title="Roles" fill actions={add}>
      <Async query={query}>
        {(roles) => (
          <DataTable
            label="Roles"
            rows={roles}
            columns={COLUMNS}
            rowKey={(role) => role.id}
            onRow={(role) => setOpen(role.id)}
            selected={open || null}
          />
        )}
      </Async>
      <Drawer
        title={chosen ? roleName(chosen) : ""}
        open={chosen !== undefined}
        onClose={() => setOpen("")}
        width={640}
      >
        {chosen && <Details key={chosen.id} role={chosen} onGo={setOpen} />}
      </Drawer>
      {adding && <NewRole roles={query.data ?? []} onClose={() => setAdding(false)} onGo={setOpen} />}
    </Page>
  );
}

const COLUMNS: Column<Role>[] = [
  {
    key: "name",
    title: "Name",
    width: "minmax(200px, 1fr)",
    sort: (role) => roleName(role),
    cell: (role) => roleName(role),
  },
  {
    key: "kind",
    title: "Type",
    width: "120px",
    cell: (role) => (isManaged(role) ? "Managed" : "Custom"),
  },
  {
    key: "users",
    title: "Users",
    width: "90px",
    sort: (role) => role.attributes.user_count,
    cell: (role) => <span className="num">{role.attributes.user_count}</span>,
  },
  {
    key: "permissions",
    title: "Permissions",
    width: "110px",
    cell: (role) => <span className="num">{role.relationships.permissions.data.length}</span>,
  },
];

function useRoleChange<Given, Answer>(change: (given: Given) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ["settings"] }),
    onError: (error) => toast(error.message, "alert"),
  });
}

function Details({ role, onGo }: { role: Role; onGo: (id: string) => void }) {
  const [layer, setLayer] = useState<"clone" | "delete" | null>(null);
  const editable = useMay("user_access_manage") && !isManaged(role);
  const mayReadLogs = useMay("logs_read_config");
  const permissions = useQuery({
    queryKey: ["permissions"],
    queryFn: async ({ signal }) =>
      (await request<{ data: Permission[] }>("GET", "/api/v2/permissions", { signal })).data,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const granted = new Set(role.relationships.permissions.data.map(({ id }) => id));
  const change = useRoleChange(({ id, grant }: { id: string; grant: boolean }) =>
    request(grant ? "POST" : "DELETE", `${ROOT}/${role.id}/permissions`, {
      body: { data: { id, type: "permissions" } },
    }),
  );
  const remove = useRoleChange(() => request("DELETE", `${ROOT}/${role.id}`));
  return (
    <>
      {isManaged(role) && (
        <Notice state="info">Managed roles cannot be changed. Clone the role instead.</Notice>
      )}
      <p>
        <Button icon="copy" needs="user_access_manage" onClick={() => setLayer("clone")}>
          Clone
        </Button>{" "}
        {!isManaged(role) && (
          <Button kind="danger" icon="trash" needs="user_access_manage" onClick={() => setLayer("delete")}>
            Delete
          </Button>
        )}
      </p>
      {mayReadLogs && <RoleLogs role={role.id} />}
      <Async query={permissions}>
        {(all) =>
          groupsOf(all).map(([group, members]) => (
            <section key={group} className={css.change}>
              <h3>{group}</h3>
              {members.map(({ id, attributes }) => (
                <div key={id} title={attributes.name}>
                  {editable ? (
                    <Checkbox checked={granted.has(id)} onChange={(grant) => change.mutate({ id, grant })}>
                      {attributes.description}
                    </Checkbox>
                  ) : (
                    <span className={granted.has(id) ? undefined : "muted"}>
                      {granted.has(id) ? "✓" : "–"} {attributes.description}
                    </span>
                  )}
                </div>
              ))}
            </section>
          ))
        }
      </Async>
      {layer === "clone" && <Clone role={role} onClose={() => setLayer(null)} onGo={onGo} />}
      {layer === "delete" && (
        <Confirm
          title={`Delete ${roleName(role)}?`}
          action="Delete"
          busy={remove.isPending}
          onConfirm={() => remove.mutate(undefined, { onSuccess: () => onGo("") })}
          onClose={() => setLayer(null)}
        >
          <p>Users keep their other roles.</p>
        </Confirm>
      )}
    </>
  );
}

/** The permissions that guard something here, by group. */
export function groupsOf(all: readonly Permission[]): [string, Permission[]][] {
  const groups = new Map<string, Permission[]>();
  for (const permission of all) {
    const group = permission.attributes.group_name;
    if (group === UNUSED) continue;
    groups.set(group, [...(groups.get(group) ?? []), permission]);
  }
  return [...groups];
}

interface NewRoleProps {
  roles: readonly Role[];
  onClose: () => void;
  onGo: (id: string) => void;
}

const NOTHING = "";

/** A custom role: with the permissions of another to begin with, or with none. */
function NewRole({ roles, onClose, onGo }: NewRoleProps) {
  const [name, setName] = useState("");
  const [from, setFrom] = useState(NOTHING);
  const create = useRoleChange(() =>
    request<{ data: Role }>("POST", from === NOTHING ? ROOT : `${ROOT}/${from}/clone`, {
      body: { data: { type: "roles", attributes: { name: name.trim() } } },
    }),
  );
  const submit = () =>
    create.mutate(undefined, {
      onSuccess: ({ data }) => {
        onClose();
        onGo(data.id);
      },
    });
  const footer = (
    <Button kind="primary" disabled={!name.trim() || create.isPending} onClick={submit}>
      Create
    </Button>
  );
  return (
    <Dialog title="New role" open onClose={onClose} footer={footer} width={480}>
      <Field label="Name" error={create.error?.message}>
        <Input autoFocus value={name} onChange={(event) => setName(event.target.value)} />
      </Field>
      <Select
        label="Permissions of"
        value={from}
        options={[
          { value: NOTHING, label: "none yet" },
          ...roles.map((role) => ({ value: role.id, label: roleName(role) })),
        ]}
        onChange={setFrom}
      />
    </Dialog>
  );
}

interface CloneProps {
  role: Role;
  onClose: () => void;
  onGo: (id: string) => void;
}

function Clone({ role, onClose, onGo }: CloneProps) {
  const [name, setName] = useState(`${roleName(role)} copy`);
  const clone = useRoleChange(() =>
    request<{ data: Role }>("POST", `${ROOT}/${role.id}/clone`, {
      body: { data: { type: "roles", attributes: { name: name.trim() } } },
    }),
  );
  const submit = () =>
    clone.mutate(undefined, {
      onSuccess: ({ data }) => {
        onClose();
        onGo(data.id);
      },
    });
  const footer = (
    <Button kind="primary" disabled={!name.trim() || clone.isPending} onClick={submit}>
      Clone
    </Button>
  );
  return (
    <Dialog title={`Clone ${roleName(role)}`} open onClose={onClose} footer={footer} width={480}>
      <Field label="Name" error={clone.error?.message}>
        <Input autoFocus value={name} onChange={(event) => setName(event.target.value)} />
      </Field>
    </Dialog>
  );
}
