/** Dialogs that add a user and set a password. */
import { type FormEvent, useState } from "react";
import { Button, Dialog, Field, Input, Select, toast } from "~/ui";
import { type Role, roleName, type User, useCreateUser, useGivePassword } from "./api";
import css from "./settings.module.css";

interface InviteProps {
  roles: readonly Role[];
  onClose: () => void;
}

export function InviteDialog({ roles, onClose }: InviteProps) {
  const standard = roles.find((role) => roleName(role) === "Standard")?.id ?? "";
  const [user, setUser] = useState({ email: "", name: "", role: "", password: "" });
  // The roles may arrive after the dialog has opened.
  const role = user.role || standard;
  const create = useCreateUser();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(
      { ...user, role },
      {
        onSuccess: () => {
          toast(`Added ${user.email}`);
          onClose();
        },
      },
    );
  };
  const footer = (
    <Button kind="primary" type="submit" form="new-user" disabled={!user.email || !role || create.isPending}>
      Add user
    </Button>
  );
  return (
    <Dialog title="New user" open onClose={onClose} footer={footer} width={480}>
      <form id="new-user" className={css.form} onSubmit={submit}>
        <Field label="Email" error={create.error?.message}>
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
        <Field
          label="Temporary password"
          hint="Share it securely. The user changes it under Preferences. Without one the user is pending."
        >
          <Input
            type="password"
            autoComplete="new-password"
            value={user.password}
            onChange={(event) => setUser({ ...user, password: event.target.value })}
          />
        </Field>
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
