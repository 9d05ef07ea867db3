/** Where the link of an invitation or of a password reset leads: choose a password. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { api } from "~/api/client";
import { Button, Field, Input, Loading, Notice } from "~/ui";
import { Logo } from "~/ui/icons";
import css from "./shell.module.css";

export function Invitation() {
  // The fragment of an address is not sent to any server.
  const [token] = useState(() => window.location.hash.slice(1));
  const query = useQuery({
    queryKey: ["invitation", token],
    queryFn: async () => (await api.POST("/api/ui/invitation", { body: { token } })).data!,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <main className={css.login}>
      <div className={css.loginCard}>
        <h1>
          <Logo size={28} />
          {query.data?.organization || "Heeler"}
        </h1>
        {query.isPending && <Loading />}
        {query.error && (
          <Notice state="alert">
            {query.error.message} Ask an administrator for a new one, or <a href=".">log in</a>.
          </Notice>
        )}
        {query.data && <Accept token={token} {...query.data} />}
      </div>
    </main>
  );
}

interface AcceptProps {
  token: string;
  email: string;
  name: string;
  purpose: string;
}

function Accept({ token, email, name: known, purpose }: AcceptProps) {
  const [name, setName] = useState(known);
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const client = useQueryClient();
  const [, go] = useLocation();
  const accept = useMutation({
    mutationFn: () => api.POST("/api/ui/invitation/accept", { body: { token, password, name } }),
    onSuccess: async () => {
      await client.resetQueries({ queryKey: ["me"] });
      go("/", { replace: true });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    accept.mutate();
  };
  const differs = again !== "" && again !== password;
  return (
    <form className={css.loginForm} onSubmit={submit}>
      <p>
        {purpose === "invite" ? "Welcome. Choose a password for" : "Choose a new password for"}{" "}
        <strong>{email}</strong>.
      </p>
      {purpose === "invite" && (
        <Field label="Name">
          <Input autoComplete="name" value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
      )}
      <Field label="Password" hint="At least 8 characters. Longer is better." error={accept.error?.message}>
        <Input
          type="password"
          autoComplete="new-password"
          required
          autoFocus
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      <Field label="Password again" error={differs ? "The passwords differ." : undefined}>
        <Input
          type="password"
          autoComplete="new-password"
          required
          value={again}
          onChange={(event) => setAgain(event.target.value)}
        />
      </Field>
      <Button
        type="submit"
        kind="primary"
        size="large"
        disabled={password.length < 8 || password !== again || accept.isPending}
      >
        Set password and log in
      </Button>
    </form>
  );
}
