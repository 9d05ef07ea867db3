/** The login page: password and second factor, the identity provider, forgotten passwords. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ApiFailure, api, ROOT } from "~/api/client";
import { useLogin } from "~/api/session";
import { Button, Field, Input, Notice } from "~/ui";
import { Logo } from "~/ui/icons";
import css from "./shell.module.css";

/** The password is right, and a code of the second factor has to come with it. */
const CODE_NEEDED = 428;

export function Login() {
  const [forgot, setForgot] = useState(false);
  const methods = useQuery({
    queryKey: ["login", "methods"],
    queryFn: async ({ signal }) => (await api.GET("/api/ui/login/methods", { signal })).data!,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const failed = new URLSearchParams(window.location.search).get("login_error");
  const shown = methods.data;
  // Administrators can always use their password, also where everybody else uses the provider.
  const [local, setLocal] = useState(false);
  const password = !shown || shown.password || local;
  return (
    <main className={css.login}>
      <div className={css.loginCard}>
        <h1>
          <Logo size={28} />
          {shown?.organization || "Heeler"}
        </h1>
        {failed && <Notice state="alert">{failed}</Notice>}
        {shown?.oidc && !forgot && (
          <a className={css.loginProvider} href={providerAddress()}>
            Log in with single sign-on
          </a>
        )}
        {forgot ? (
          <Forgot onBack={() => setForgot(false)} />
        ) : password ? (
          <PasswordForm mail={shown?.mail ?? false} onForgot={() => setForgot(true)} />
        ) : (
          <Button kind="ghost" onClick={() => setLocal(true)}>
            Log in as a local administrator
          </Button>
        )}
      </div>
    </main>
  );
}

/** Comes back to the page that was opened. */
function providerAddress(): string {
  const { pathname, search } = window.location;
  const base = new URL(ROOT).pathname.replace(/\/$/, "");
  const query = new URLSearchParams(search);
  query.delete("login_error");
  const rest = query.size > 0 ? `?${query}` : "";
  const next = `${pathname.slice(base.length) || "/"}${rest}`;
  return `${ROOT}/api/ui/oidc/login?next=${encodeURIComponent(next)}`;
}

function PasswordForm({ mail, onForgot }: { mail: boolean; onForgot: () => void }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [asked, setAsked] = useState(false);
  const login = useLogin();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    login.mutate(
      { email, password, code },
      {
        onError: (error) => {
          if (error instanceof ApiFailure && error.status === CODE_NEEDED) setAsked(true);
        },
      },
    );
  };
  const failure = login.error instanceof ApiFailure ? login.error : null;
  const messages = failure?.messages ?? [];
  return (
    <form className={css.loginForm} onSubmit={submit}>
      <Field label="Email">
        <Input
          type="email"
          name="email"
          autoComplete="username"
          required
          autoFocus
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
      </Field>
      <Field label="Password">
        <Input
          type="password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      {asked && (
        <Field label="Code" hint="Of your authenticator app, or a recovery code">
          <Input
            name="code"
            inputMode="text"
            autoComplete="one-time-code"
            required
            autoFocus
            value={code}
            onChange={(event) => setCode(event.target.value)}
          />
        </Field>
      )}
      {failure?.status !== CODE_NEEDED &&
        messages.map((message) => (
          <p key={message} role="alert">
            {message}
          </p>
        ))}
      <Button type="submit" kind="primary" size="large" disabled={login.isPending}>
        {login.isPending ? "Logging in…" : "Log in"}
      </Button>
      {mail ? (
        <Button kind="ghost" onClick={onForgot}>
          Forgot your password?
        </Button>
      ) : (
        <small>
          Forgot your password? An administrator can give you a link, or set one in a shell:{" "}
          <code>heeler users password</code>
        </small>
      )}
    </form>
  );
}

function Forgot({ onBack }: { onBack: () => void }) {
  const [email, setEmail] = useState("");
  const send = useMutation({
    mutationFn: () => api.POST("/api/ui/login/forgot", { body: { email } }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send.mutate();
  };
  return (
    <form className={css.loginForm} onSubmit={submit}>
      {send.isSuccess ? (
        <Notice state="info">If there is an account of {email}, a mail with a link is on its way.</Notice>
      ) : (
        <>
          <Field label="Email" error={send.error?.message}>
            <Input
              type="email"
              required
              autoFocus
              autoComplete="username"
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
          </Field>
          <Button type="submit" kind="primary" size="large" disabled={send.isPending}>
            Send a link
          </Button>
        </>
      )}
      <Button kind="ghost" onClick={onBack}>
        Back to login
      </Button>
    </form>
  );
}
