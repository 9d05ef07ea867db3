import { type FormEvent, useState } from "react";
import { ApiFailure } from "~/api/client";
import { useLogin } from "~/api/session";
import { Button, Field, Input } from "~/ui";
import { Logo } from "~/ui/icons";
import css from "./shell.module.css";

/** The password is right, and a code of the second factor has to come with it. */
const CODE_NEEDED = 428;

export function Login() {
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
  const messages = login.error instanceof ApiFailure ? login.error.messages : [];
  return (
    <main className={css.login}>
      <form className={css.loginCard} onSubmit={submit}>
        <h1>
          <Logo size={28} />
          Heeler
        </h1>
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
          <Field label="Code of the second factor">
            <Input
              name="code"
              autoComplete="one-time-code"
              required
              autoFocus
              value={code}
              onChange={(event) => setCode(event.target.value)}
            />
          </Field>
        )}
        {messages.map((message) => (
          <p key={message} role="alert">
            {message}
          </p>
        ))}
        <Button type="submit" kind="primary" size="large" disabled={login.isPending}>
          {login.isPending ? "Logging in…" : "Log in"}
        </Button>
        <small>
          The first start of the server printed the login. To set a new password:{" "}
          <code>heeler users password</code>
        </small>
      </form>
    </main>
  );
}
