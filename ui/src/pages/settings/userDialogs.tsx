/** Dialogs that invite a user, set a password, and hand over what a user who has left owned. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { request } from "~/api/client";
import { Async, Button, Dialog, Empty, Field, Input, Notice, Select, toast } from "~/ui";
import { type Role, roleName, type User, useCreateUser, useGivePassword, useUsers } from "./api";
import { type MadeLink, useInvite } from "./links";
import css from "./settings.module.css";

interface InviteProps {
  roles: readonly Role[];
  onClose: () => void;
  /** Called where the link was not mailed and has to be handed over. */
  onLink: (link: MadeLink) => void;
}

export function InviteDialog({ roles, onClose, onLink }: InviteProps) {
  const standard = roles.find((role) => roleName(role) === "Standard")?.id ?? "";
  const [user, setUser] = useState({ email: "", name: "", role: "" });
  // The roles may arrive after the dialog has opened.
  const role = user.role || standard;
  const create = useCreateUser();
  const invite = useInvite();
  const add = async () => {
    const { id } = await create.mutateAsync({ ...user, role, password: "" });
    const link = await invite.mutateAsync({ id, email: user.email });
    if (link.url) onLink(link);
    else {
      toast(`Invited ${user.email}`);
      onClose();
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add().catch(() => undefined); // the field shows what the server said
  };
  const footer = (
    <Button
      kind="primary"
      type="submit"
      form="new-user"
      disabled={!user.email || !role || create.isPending || invite.isPending}
    >
      Invite
    </Button>
  );
  return (
    <Dialog title="Invite a user" open onClose={onClose} footer={footer} width={480}>
      <form id="new-user" className={css.form} onSubmit={submit}>
        <Field
          label="Email"
          hint="They get a link by which they choose their password. It works once, for seven days."
          error={(create.error ?? invite.error)?.message}
        >
          <Input
            type="email"
            required
            autoFocus
            value={user.email}
            onChange={(event) => setUser({ ...user, email: event.target.value })}
          />
        </Field>
        <Field label="Name">
          <Input value={user.name} onChange={(event) => setUser({ ...user, name: event.target.value })} />
        </Field>
        <div>
          <Select
            label="Role"
            value={role}
            options={roles.map((role) => ({ value: role.id, label: roleName(role) }))}
            onChange={(role) => setUser({ ...user, role })}
          />
        </div>
      </form>
    </Dialog>
  );
}

export function PasswordDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const [password, setPassword] = useState("");
  const give = useGivePassword();
  const { email } = user.attributes;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    give.mutate(
      { id: user.id, password },
      {
        onSuccess: () => {
          toast(`Set the password of ${email}`);
          onClose();
        },
      },
    );
  };
  const footer = (
    <Button kind="primary" type="submit" form="user-password" disabled={!password || give.isPending}>
      Set password
    </Button>
  );
  return (
    <Dialog title={`Password of ${email}`} open onClose={onClose} footer={footer} width={480}>
      <form id="user-password" onSubmit={submit}>
        <Field label="New password" hint="All their sessions end." error={give.error?.message}>
          <Input
            type="password"
            autoComplete="new-password"
            autoFocus
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </Field>
      </form>
    </Dialog>
  );
}

interface Belonging {
  kind: string;
  id: string;
  name: string;
}

const KINDS: Record<string, string> = {
  dashboard: "Dashboard",
  monitor: "Monitor",
  notebook: "Notebook",
  slo: "SLO",
  powerpack: "Powerpack",
  view: "Saved view",
  report: "Scheduled report",
  downtime: "Downtime",
  shared_dashboard: "Shared dashboard",
  app_key: "Application key",
  token: "Access token",
  api_key: "API key",
};

/** What a user made and owns, with a way to give it to somebody else. */
export function HandOverDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const { email } = user.attributes;
  const client = useQueryClient();
  const users = useUsers();
  const [to, setTo] = useState("");
  const path = `/api/ui/users/${user.id}/belongings`;
  const query = useQuery({
    queryKey: ["settings", "belongings", user.id],
    queryFn: ({ signal }) => request<Belonging[]>("GET", path, { signal }),
  });
  const give = useMutation({
    mutationFn: () => request<{ moved: number; revoked: number }>("POST", path, { body: { to } }),
    onSuccess: ({ moved, revoked }) => {
      toast(`Handed over ${moved} items${revoked > 0 ? `, revoked ${revoked} keys` : ""}`);
      onClose();
      return client.invalidateQueries();
    },
  });
  const people = (users.data ?? []).filter((other) => other.id !== user.id && !other.attributes.disabled);
  const footer = (
    <Button kind="primary" disabled={!to || give.isPending} onClick={() => give.mutate()}>
      Hand over
    </Button>
  );
  return (
    <Dialog title={`What ${email} owns`} open onClose={onClose} footer={footer} width={560}>
      <div className={css.form}>
        <Async query={query}>
          {(items) =>
            items.length === 0 ? (
              <Empty title="Nothing to hand over">{email} owns nothing.</Empty>
            ) : (
              <ul className={css.belongings}>
                {items.map((item) => (
                  <li key={`${item.kind} ${item.id}`}>
                    <span className="truncate">{item.name || item.id}</span>
                    <small className="muted">{KINDS[item.kind] ?? item.kind}</small>
                  </li>
                ))}
              </ul>
            )
          }
        </Async>
        <p className="muted">
          What they made belongs to the new owner. Application keys and access tokens act as their owner:
          those are revoked. API keys go on working.
        </p>
        <Select
          label="New owner"
          value={to}
          options={[
            { value: "", label: "Choose a user" },
            ...people.map((other) => ({ value: other.id, label: other.attributes.email })),
          ]}
          onChange={setTo}
        />
        {give.error && <Notice state="alert">{give.error.message}</Notice>}
      </div>
    </Dialog>
  );
}
