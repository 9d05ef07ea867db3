/** Users with their roles and status. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { request } from "~/api/client";
import { useMe } from "~/api/session";
import { Page } from "~/shell/page";
import { useUrlState } from "~/shell/url";
import {
  Async,
  Button,
  type Column,
  Confirm,
  DataTable,
  IconButton,
  Menu,
  MenuItem,
  MenuSeparator,
  Notice,
  SearchInput,
  Segments,
  type State,
  Status,
  Toolbar,
  toast,
  useMay,
} from "~/ui";
import { type Role, roleName, roleOf, rolesOf, type User, useChangeUser, useRoles, useUsers } from "./api";
import { LinkDialog, type MadeLink, useInvite, useResetLink } from "./links";
import { Moment } from "./timestamp";
import { HandOverDialog, InviteDialog, PasswordDialog } from "./userDialogs";

const STATES: Record<User["attributes"]["status"], State> = {
  Active: "ok",
  Pending: "warn",
  Disabled: "nodata",
};

const SHOWN = [
  { value: "enabled", label: "Enabled" },
  { value: "all", label: "All" },
] as const;

type Act = "disable" | "password" | "hand over" | "second factor";
type Open = { act: "invite" } | { act: "link"; link: MadeLink } | { act: Act; user: User } | null;

export default function Users() {
  const query = useUsers();
  const roles = useRoles();
  const me = useMe();
  const [search, setSearch] = useState("");
  const [shown, setShown] = useUrlState("show", "enabled");
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const manages = useMay("user_access_manage");
  const known = roles.data ?? [];
  const wanted = search.trim().toLowerCase();
  const invite = (
    <Button kind="primary" icon="plus" needs="user_access_invite" onClick={() => setOpen({ act: "invite" })}>
      Invite user
    </Button>
  );
  const fits = ({ attributes: { email, name, disabled, service_account } }: User) =>
    !service_account &&
    (shown === "all" || !disabled) &&
    `${email} ${name ?? ""}`.toLowerCase().includes(wanted);
  return (
    <Page title="Users" fill actions={invite}>
      <Toolbar>
        <SearchInput main value={search} onChange={setSearch} placeholder="Search users" />
        <Segments label="Show" value={shown as "all"} options={SHOWN} onChange={setShown} />
      </Toolbar>
      <Async query={query}>
        {(users) => (
          <DataTable
            label="Users"
            rows={users.filter(fits)}
            columns={columns(known, manages ? { me: me.data!.id, onOpen: setOpen } : null)}
            rowKey={(user) => user.id}
            initialSort={{ key: "email", descending: false }}
            empty="No users match your search"
          />
        )}
      </Async>
      {open?.act === "invite" && (
        <InviteDialog roles={known} onClose={close} onLink={(link) => setOpen({ act: "link", link })} />
      )}
      {open?.act === "link" && <LinkDialog link={open.link} onClose={close} />}
      {open?.act === "hand over" && <HandOverDialog user={open.user} onClose={close} />}
      {open?.act === "second factor" && <RemoveFactor user={open.user} onClose={close} />}
      {open?.act === "password" && <PasswordDialog user={open.user} onClose={close} />}
      {open?.act === "disable" && <Disable user={open.user} onClose={close} />}
    </Page>
  );
}

interface Managing {
  me: string;
  onOpen: (open: Open) => void;
}

function columns(roles: readonly Role[], managing: Managing | null): Column<User>[] {
  const role = (user: User) => rolesOf(user, roles) || "None";
  return [
    {
      key: "email",
      title: "Email",
      width: "minmax(200px, 2fr)",
      sort: (user) => user.attributes.email,
      cell: (user) => user.attributes.email,
    },
    {
      key: "name",
      title: "Name",
      width: "minmax(140px, 1fr)",
      sort: (user) => user.attributes.name,
      cell: (user) => user.attributes.name ?? <span className="muted">–</span>,
    },
    { key: "role", title: "Role", width: "130px", sort: role, cell: role },
    {
      key: "status",
      title: "Status",
      width: "110px",
      sort: (user) => user.attributes.status,
      cell: ({ attributes: { status } }) => <Status state={STATES[status]}>{status}</Status>,
    },
    {
      key: "factor",
      title: "Second factor",
      width: "110px",
      sort: (user) => (user.attributes.mfa_enabled ? 1 : 0),
      cell: (user) => (user.attributes.mfa_enabled ? "On" : <span className="muted">Off</span>),
    },
    {
      key: "login",
      title: "Last login",
      width: "130px",
      sort: (user) => user.attributes.last_login_time,
      cell: (user) => <Moment text={user.attributes.last_login_time} never="never" />,
    },
    {
      key: "menu",
      title: <span className="visually-hidden">Actions</span>,
      width: "56px",
      cell: (user) => managing && <UserMenu user={user} roles={roles} {...managing} />,
    },
  ];
}

interface UserMenuProps extends Managing {
  user: User;
  roles: readonly Role[];
}

function UserMenu({ user, roles, me, onOpen }: UserMenuProps) {
  const change = useChangeUser();
  const invite = useInvite();
  const reset = useResetLink();
  const { email, disabled, status, mfa_enabled } = user.attributes;
  const sent = (what: string) => ({
    onSuccess: (link: MadeLink) => (link.url ? onOpen({ act: "link", link }) : toast(`${what} to ${email}`)),
    onError: (error: Error) => toast(error.message, "alert"),
  });
  const apply = (changes: { role?: string; disabled?: boolean }, done: string) =>
    change.mutate(
      { id: user.id, ...changes },
      { onSuccess: () => toast(done), onError: (error) => toast(error.message, "alert") },
    );
  return (
    <Menu align="end" trigger={<IconButton small icon="more" label={`Actions for ${email}`} />}>
      {roles.map((role) => (
        <MenuItem
          key={role.id}
          checked={role.id === roleOf(user)}
          onSelect={() => apply({ role: role.id }, `${email} is ${roleName(role)} now`)}
        >
          {roleName(role)}
        </MenuItem>
      ))}
      <MenuSeparator />
      {status === "Pending" && (
        <MenuItem
          icon="share"
          onSelect={() => invite.mutate({ id: user.id, email }, sent("Sent a new invitation"))}
        >
          Resend invitation
        </MenuItem>
      )}
      {status === "Active" && (
        <MenuItem icon="share" onSelect={() => reset.mutate(user.id, sent("Sent a link"))}>
          Send password reset
        </MenuItem>
      )}
      <MenuItem icon="key" onSelect={() => onOpen({ act: "password", user })}>
        Set password…
      </MenuItem>
      {mfa_enabled && user.id !== me && (
        <MenuItem icon="close" onSelect={() => onOpen({ act: "second factor", user })}>
          Remove second factor…
        </MenuItem>
      )}
      <MenuItem icon="user" disabled={user.id === me} onSelect={() => onOpen({ act: "hand over", user })}>
        Hand over what they own…
      </MenuItem>
      {disabled ? (
        <MenuItem icon="check" onSelect={() => apply({ disabled: false }, `Enabled ${email}`)}>
          Enable
        </MenuItem>
      ) : (
        <MenuItem
          icon="trash"
          danger
          disabled={user.id === me}
          onSelect={() => onOpen({ act: "disable", user })}
        >
          Disable…
        </MenuItem>
      )}
    </Menu>
  );
}

function Disable({ user, onClose }: { user: User; onClose: () => void }) {
  const change = useChangeUser();
  const { email } = user.attributes;
  const confirm = () =>
    change.mutate(
      { id: user.id, disabled: true },
      {
        onSuccess: () => {
          toast(`Disabled ${email}`);
          onClose();
        },
      },
    );
  return (
    <Confirm
      title={`Disable ${email}?`}
      action="Disable"
      busy={change.isPending}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>
        Their sessions end and their keys stop working. What they made stays; “Hand over what they own” gives
        it to somebody else.
      </p>
      {change.error && <Notice state="alert">{change.error.message}</Notice>}
    </Confirm>
  );
}

function RemoveFactor({ user, onClose }: { user: User; onClose: () => void }) {
  const client = useQueryClient();
  const { email } = user.attributes;
  const remove = useMutation({
    mutationFn: () => request("DELETE", `/api/ui/users/${user.id}/totp`),
    onSuccess: () => {
      toast(`Removed the second factor of ${email}`);
      onClose();
      return client.invalidateQueries({ queryKey: ["settings"] });
    },
  });
  return (
    <Confirm
      title={`Remove the second factor of ${email}?`}
      action="Remove"
      busy={remove.isPending}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>Their sessions end, and the password alone lets them in until they set up a new one.</p>
      {remove.error && <Notice state="alert">{remove.error.message}</Notice>}
    </Confirm>
  );
}
