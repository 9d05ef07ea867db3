/** API keys or application keys: created, renamed, revoked. A secret is shown once, when it is created. */
import { useState } from "react";
import { Link } from "wouter";
import { useMe } from "~/api/session";
import { Page } from "~/shell/page";
import {
  Async,
  Button,
  CodeBlock,
  type Column,
  Confirm,
  DataTable,
  Dialog,
  Empty,
  Field,
  IconButton,
  Input,
  Menu,
  MenuItem,
  MenuSeparator,
  Notice,
  SearchInput,
  Toolbar,
  toast,
  useMay,
} from "~/ui";
import { type Key, type KeyKind, useCreateKey, useKeys, useRenameKey, useRevokeKey, useUsers } from "./api";
import { Moment } from "./timestamp";

const WORDS = {
  api: {
    title: "API keys",
    one: "API key",
    about: "Agents, clients and tracers send data with an API key.",
    lost: "Requests with this key are rejected within five seconds.",
  },
  app: {
    title: "Application keys",
    one: "application key",
    about: "With an application key, together with an API key, clients act as its owner.",
    lost: "Requests with this key are rejected at once.",
  },
} as const;

type Open = { act: "rename" | "revoke"; key: Key } | { act: "create" } | null;

export function Keys({ kind }: { kind: KeyKind }) {
  const words = WORDS[kind];
  const query = useKeys(kind);
  const owners = useUsers();
  const me = useMe();
  const [search, setSearch] = useState("");
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const others = useMay(kind === "app" ? "org_app_keys_write" : "api_keys_delete");
  const mayChange = (key: Key) => others || ownerOf(key) === me.data?.id;
  const email = new Map(owners.data?.map((user) => [user.id, user.attributes.email]));
  const create = (
    <Button
      kind="primary"
      icon="plus"
      needs={kind === "app" ? "user_app_keys" : "api_keys_write"}
      onClick={() => setOpen({ act: "create" })}
    >
      New key
    </Button>
  );
  return (
    <Page title={words.title} fill actions={create}>
      <Toolbar>
        <SearchInput main value={search} onChange={setSearch} placeholder="Search by name or last four" />
        <span className="muted">
          {words.about} <Link href="/get-started">How to use it</Link>
        </span>
      </Toolbar>
      <Async query={query}>
        {(keys) =>
          keys.length === 0 ? (
            <Empty title={`No ${words.one}s found`} actions={create}>
              {words.about}
            </Empty>
          ) : (
            <DataTable
              label={words.title}
              rows={keys.filter((key) => fits(key, search))}
              columns={columns(email, mayChange, setOpen)}
              rowKey={(key) => key.id}
              initialSort={{ key: "name", descending: false }}
              empty="No keys match your search"
            />
          )
        }
      </Async>
      {open?.act === "create" && <Create kind={kind} onClose={close} />}
      {open?.act === "rename" && <Rename kind={kind} of={open.key} onClose={close} />}
      {open?.act === "revoke" && <Revoke kind={kind} of={open.key} onClose={close} />}
    </Page>
  );
}

function fits(key: Key, search: string): boolean {
  const { name, last4 } = key.attributes;
  return name.toLowerCase().includes(search.trim().toLowerCase()) || last4 === search.trim();
}

const used = (key: Key) => key.attributes.date_last_used ?? key.attributes.last_used_at ?? null;

function ownerOf(key: Key): string {
  return (key.relationships.owned_by ?? key.relationships.created_by)?.data.id ?? "";
}

function columns(
  email: ReadonlyMap<string, string>,
  mayChange: (key: Key) => boolean,
  onOpen: (open: Open) => void,
): Column<Key>[] {
  const owner = (key: Key) => email.get(ownerOf(key)) ?? "–";
  return [
    {
      key: "name",
      title: "Name",
      width: "minmax(180px, 2fr)",
      sort: (key) => key.attributes.name,
      cell: (key) => key.attributes.name || <span className="muted">Unnamed</span>,
    },
    { key: "last4", title: "Key", width: "90px", cell: (key) => <code>…{key.attributes.last4}</code> },
    { key: "owner", title: "Owner", width: "minmax(160px, 1fr)", sort: owner, cell: owner },
    {
      key: "scopes",
      title: "Scopes",
      width: "110px",
      cell: ({ attributes: { scopes } }) =>
        scopes ? <span title={scopes.join(", ")}>{scopes.length} scopes</span> : "All",
    },
    {
      key: "created",
      title: "Created",
      width: "150px",
      sort: (key) => key.attributes.created_at,
      cell: (key) => <Moment text={key.attributes.created_at} />,
    },
    {
      key: "used",
      title: "Last used",
      width: "150px",
      sort: used,
      cell: (key) => <Moment text={used(key)} never="never" />,
    },
    {
      key: "menu",
      title: <span className="visually-hidden">Actions</span>,
      width: "56px",
      cell: (key) => <KeyMenu of={key} disabled={!mayChange(key)} onOpen={onOpen} />,
    },
  ];
}

interface KeyMenuProps {
  of: Key;
  disabled: boolean;
  onOpen: (open: Open) => void;
}

function KeyMenu({ of: key, disabled, onOpen }: KeyMenuProps) {
  if (disabled) {
    return <IconButton small icon="more" disabled label="This key belongs to another user" />;
  }
  return (
    <Menu align="end" trigger={<IconButton small icon="more" label={`Actions for ${key.attributes.name}`} />}>
      <MenuItem icon="edit" onSelect={() => onOpen({ act: "rename", key })}>
        Rename…
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon="trash" danger onSelect={() => onOpen({ act: "revoke", key })}>
        Revoke…
      </MenuItem>
    </Menu>
  );
}

interface LayerProps {
  kind: KeyKind;
  onClose: () => void;
}

function Create({ kind, onClose }: LayerProps) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState("");
  const create = useCreateKey(kind);
  const secret = create.data?.attributes.key;
  if (secret) return <Secret kind={kind} secret={secret} onClose={onClose} />;
  const footer = (
    <Button kind="primary" type="submit" form="new-key" disabled={!name.trim() || create.isPending}>
      Create
    </Button>
  );
  return (
    <Dialog title={`New ${WORDS[kind].one}`} open onClose={onClose} footer={footer} width={480}>
      <form
        id="new-key"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim()) create.mutate({ name: name.trim(), scopes: scopesOf(scopes) });
        }}
      >
        <Field label="Name" hint="Who or what will use it" error={create.error?.message}>
          <Input autoFocus value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        {kind === "app" && (
          <Field
            label="Scopes"
            hint="Permissions that the key is limited to, for example dashboards_read, monitors_read. Empty: no limit."
          >
            <Input value={scopes} onChange={(event) => setScopes(event.target.value)} />
          </Field>
        )}
      </form>
    </Dialog>
  );
}

/** Names separated by commas or spaces; null for a key without limits. */
function scopesOf(text: string): string[] | null {
  const names = text.split(/[\s,]+/).filter(Boolean);
  return names.length > 0 ? names : null;
}

function Secret({ kind, secret, onClose }: LayerProps & { secret: string }) {
  const footer = (
    <Button kind="primary" onClick={onClose}>
      Done
    </Button>
  );
  return (
    <Dialog title={`Your new ${WORDS[kind].one}`} open onClose={onClose} footer={footer} width={520}>
      <Notice state="info">Copy this key now. It is shown only once.</Notice>
      <CodeBlock code={secret} />
    </Dialog>
  );
}

function Rename({ kind, of: key, onClose }: LayerProps & { of: Key }) {
  const [name, setName] = useState(key.attributes.name);
  const rename = useRenameKey(kind);
  const submit = async () => {
    await rename.mutateAsync({ id: key.id, name: name.trim() });
    onClose();
  };
  const footer = (
    <Button kind="primary" type="submit" form="rename-key" disabled={!name.trim() || rename.isPending}>
      Save
    </Button>
  );
  return (
    <Dialog title={`Rename ${WORDS[kind].one}`} open onClose={onClose} footer={footer} width={480}>
      <form
        id="rename-key"
        onSubmit={(event) => {
          event.preventDefault();
          submit().catch(() => undefined); // the field shows what the server said
        }}
      >
        <Field label="Name" error={rename.error?.message}>
          <Input autoFocus value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
      </form>
    </Dialog>
  );
}

function Revoke({ kind, of: key, onClose }: LayerProps & { of: Key }) {
  const revoke = useRevokeKey(kind);
  const confirm = () =>
    revoke.mutate(key.id, {
      onSuccess: () => {
        toast(`Revoked “${key.attributes.name}”`);
        onClose();
      },
    });
  return (
    <Confirm
      title={`Revoke “${key.attributes.name}”?`}
      action="Revoke"
      busy={revoke.isPending}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>{WORDS[kind].lost} This cannot be undone.</p>
      {revoke.error && <Notice state="alert">{revoke.error.message}</Notice>}
    </Confirm>
  );
}
