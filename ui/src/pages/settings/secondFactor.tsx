/** The second factor: set up with a QR code, turned off, recovery codes. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "~/api/client";
import { Async, Button, CodeBlock, Dialog, Field, Input, Notice, Panel, Status, toast } from "~/ui";
import css from "./settings.module.css";

const KEY = ["second-factor"];

type Open = "enroll" | "codes" | "disable" | null;

export function SecondFactor() {
  const [open, setOpen] = useState<Open>(null);
  const query = useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) => (await api.GET("/api/ui/totp", { signal })).data!,
  });
  return (
    <Panel title="Second factor">
      <div className={css.panel}>
        <Async query={query}>
          {({ enabled, available, required, recovery_codes_left: left }) => (
            <>
              <p>
                <Status state={enabled ? "ok" : required ? "alert" : "nodata"}>
                  {enabled ? "On" : required ? "Required by your organization" : "Off"}
                </Status>
              </p>
              <p className="muted">
                {available
                  ? "A login with the password then also asks for a code that an authenticator app on your phone shows."
                  : "You log in through the identity provider, which has second factors of its own."}
              </p>
              {enabled && (
                <p className="muted">
                  {left} of 10 recovery codes are left. Each logs you in once when the phone is not at hand.
                </p>
              )}
              <div className={css.buttons}>
                {enabled ? (
                  <>
                    <Button onClick={() => setOpen("codes")}>New recovery codes</Button>
                    <Button kind="danger" onClick={() => setOpen("disable")}>
                      Turn off
                    </Button>
                  </>
                ) : (
                  <Button kind="primary" disabled={!available} onClick={() => setOpen("enroll")}>
                    Set up
                  </Button>
                )}
              </div>
            </>
          )}
        </Async>
      </div>
      {open === "enroll" && <Enroll onClose={() => setOpen(null)} />}
      {open === "codes" && <NewCodes onClose={() => setOpen(null)} />}
      {open === "disable" && <TurnOff onClose={() => setOpen(null)} />}
    </Panel>
  );
}

function useReload() {
  const client = useQueryClient();
  return async () => {
    await client.invalidateQueries({ queryKey: KEY });
    await client.invalidateQueries({ queryKey: ["me"] });
  };
}

function Enroll({ onClose }: { onClose: () => void }) {
  const [code, setCode] = useState("");
  const [password, setPassword] = useState("");
  const reload = useReload();
  const query = useQuery({
    queryKey: ["second-factor-enrollment"],
    queryFn: async () => (await api.POST("/api/ui/totp/enrollment")).data!,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const secret = query.data?.secret ?? "";
  const enable = useMutation({
    mutationFn: async () => (await api.POST("/api/ui/totp", { body: { secret, code, password } })).data!,
  });
  if (enable.data)
    return (
      <Codes
        codes={enable.data.codes}
        onClose={() => {
          onClose();
          reload().catch(() => undefined); // the page shows what failed to load
        }}
      />
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    enable.mutate();
  };
  const footer = (
    <Button
      kind="primary"
      type="submit"
      form="second-factor"
      disabled={code.length < 6 || !password || enable.isPending}
    >
      Turn on
    </Button>
  );
  return (
    <Dialog title="Set up a second factor" open onClose={onClose} footer={footer} width={520}>
      <Async query={query}>
        {({ qr_code, secret: shown }) => (
          <form id="second-factor" className={css.form} onSubmit={submit}>
            <p>Scan this code with an authenticator app, then enter the six digits that it shows.</p>
            <div className={css.qr}>
              <img
                alt="QR code for the authenticator app"
                src={`data:image/svg+xml,${encodeURIComponent(qr_code)}`}
              />
            </div>
            <details>
              <summary>Enter the secret by hand</summary>
              <CodeBlock code={shown} />
            </details>
            <Field label="Code" error={enable.error?.message}>
              <Input
                inputMode="numeric"
                autoComplete="one-time-code"
                autoFocus
                value={code}
                onChange={(event) => setCode(event.target.value)}
              />
            </Field>
            <Field label="Your password">
              <Input
                type="password"
                autoComplete="current-password"
                value={password}
                onChange={(event) => setPassword(event.target.value)}
              />
            </Field>
          </form>
        )}
      </Async>
    </Dialog>
  );
}

function Codes({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const footer = (
    <Button kind="primary" onClick={onClose}>
      I have stored them
    </Button>
  );
  return (
    <Dialog title="Your recovery codes" open onClose={onClose} footer={footer} width={480}>
      <Notice state="info">
        Store them where you find them without your phone. They are shown only now; each works once.
      </Notice>
      <CodeBlock code={codes.join("\n")} />
    </Dialog>
  );
}

interface WithPasswordProps {
  title: string;
  about: string;
  action: string;
  danger?: boolean;
  busy: boolean;
  error: string | undefined;
  onPassword: (password: string) => void;
  onClose: () => void;
}

function WithPassword({ title, about, action, danger, busy, error, onPassword, onClose }: WithPasswordProps) {
  const [password, setPassword] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onPassword(password);
  };
  const footer = (
    <Button
      kind={danger ? "danger" : "primary"}
      type="submit"
      form="with-password"
      disabled={!password || busy}
    >
      {action}
    </Button>
  );
  return (
    <Dialog title={title} open onClose={onClose} footer={footer} width={440}>
      <form id="with-password" className={css.form} onSubmit={submit}>
        <p>{about}</p>
        <Field label="Your password" error={error}>
          <Input
            type="password"
            autoComplete="current-password"
            autoFocus
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </Field>
      </form>
    </Dialog>
  );
}

function NewCodes({ onClose }: { onClose: () => void }) {
  const reload = useReload();
  const renew = useMutation({
    mutationFn: async (password: string) =>
      (await api.POST("/api/ui/totp/recovery_codes", { body: { password } })).data!,
    onSuccess: reload,
  });
  if (renew.data) return <Codes codes={renew.data.codes} onClose={onClose} />;
  return (
    <WithPassword
      title="New recovery codes"
      about="The codes that you have now stop working."
      action="Make new codes"
      busy={renew.isPending}
      error={renew.error?.message}
      onPassword={renew.mutate}
      onClose={onClose}
    />
  );
}

function TurnOff({ onClose }: { onClose: () => void }) {
  const reload = useReload();
  const disable = useMutation({
    mutationFn: (password: string) => api.POST("/api/ui/totp/disable", { body: { password } }),
    onSuccess: () => {
      toast("The second factor is off");
      onClose();
      return reload();
    },
  });
  return (
    <WithPassword
      title="Turn off the second factor?"
      about="The password alone will let you in."
      action="Turn off"
      danger
      busy={disable.isPending}
      error={disable.error?.message}
      onPassword={disable.mutate}
      onClose={onClose}
    />
  );
}
