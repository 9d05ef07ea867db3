/** API keys or application keys: made, named, revoked. A secret is shown once, when it is made. */
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
} from "~/ui";
import { type Key, type KeyKind, useCreateKey, useKeys, useRenameKey, useRevokeKey, useUsers } from "./api";
import { Moment } from "./timestamp";

const WORDS = {
  api: {
    title: "API keys",
    one: "API key",
    about: "With an API key agents, clients and tracers deliver data.",
    lost: "Whatever sends with it is refused within five seconds.",
  },
  app: {
    title: "Application keys",
    one: "application key",
    about: "With an application key, beside an API key, clients read and change things as its owner.",
    lost: "Whatever asks with it is refused at once.",
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
  // An application key acts as its owner, so everybody may have one; API keys are everybody's.
  const allowed = kind === "app" || me.data?.can_write === true;
  const email = new Map(owners.data?.map((user) => [user.id, user.attributes.email]));
  const create = (
    <Button
      kind="primary"
      icon="plus"
      disabled={!allowed}
      title={allowed ? undefined : "Your role may not make API keys"}
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
            <Empty title={`No ${words.one} yet`} actions={create}>
              {words.about}
            </Empty>
          ) : (
            <DataTable
              label={words.title}
              rows={keys.filter((key) => fits(key, search))}
              columns={columns(email, allowed ? setOpen : null)}
              rowKey={(key) => key.id}
              initialSort={{ key: "name", descending: false }}
              empty="No key of this name"
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

function columns(email: ReadonlyMap<string, string>, onOpen: ((open: Open) => void) | null): Column<Key>[] {
  const owner = (key: Key) => email.get(ownerOf(key)) ?? "–";
  return [
    {
      key: "name",
      title: "Name",
      width: "minmax(180px, 2fr)",
      sort: (key) => key.attributes.name,
      cell: (key) => key.attributes.name || <span className="muted">no name</span>,
    },
    { key: "last4", title: "Key", width: "90px", cell: (key) => <code>…{key.attributes.last4}</code> },
    { key: "owner", title: "Owner", width: "minmax(160px, 1fr)", sort: owner, cell: owner },
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
      cell: (key) => onOpen && <KeyMenu of={key} onOpen={onOpen} />,
    },
  ];
}

function KeyMenu({ of: key, onOpen }: { of: Key; onOpen: (open: Open) => void }) {
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
          if (name.trim()) create.mutate(name.trim());
        }}
      >
        <Field label="Name" hint="Who or what will use it" error={create.error?.message}>
          <Input autoFocus value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
      </form>
    </Dialog>
  );
}

function Secret({ kind, secret, onClose }: LayerProps & { secret: string }) {
  const footer = (
    <Button kind="primary" onClick={onClose}>
      Done
    </Button>
  );
  return (
    <Dialog title={`Your new ${WORDS[kind].one}`} open onClose={onClose} footer={footer} width={520}>
      <Notice state="info">Copy it now: it is not kept in readable form and not shown again.</Notice>
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
