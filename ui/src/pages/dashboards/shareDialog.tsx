/** Sharing a dashboard with people who have no account: addresses, invitations, and the end of both. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { request } from "~/api/client";
import { Async, Button, Checkbox, CopyButton, Dialog, Input, Select, toast } from "~/ui";
import { hiddenFromReaders } from "~/widgets/sharing";
import type { Dashboard } from "~/widgets/types";

interface Share {
  id: string;
  attributes: {
    url: string;
    share_type: string;
    global_time: { live_span?: string };
    expiration: string | null;
    last_accessed: string | null;
    password_protected: boolean;
  };
}

interface Invited {
  meta: { links: Record<string, string> };
}

const SPANS = ["15m", "1h", "4h", "1d", "2d", "1w", "1mo", "3mo"].map((value) => ({
  value,
  label: `Past ${value}`,
}));
const KINDS = [
  { value: "open", label: "Anyone with the link" },
  { value: "invite", label: "Invited people" },
];

const DAY = 86_400_000;
const EXPIRATIONS = [
  { value: "", label: "Never" },
  { value: "1", label: "After 1 day" },
  { value: "7", label: "After 7 days" },
  { value: "30", label: "After 30 days" },
  { value: "90", label: "After 90 days" },
];

function summaryOf({ global_time, expiration, password_protected }: Share["attributes"]): string {
  const parts = [`Past ${global_time.live_span ?? "1h"}`];
  if (password_protected) parts.push("password");
  if (expiration) parts.push(`until ${new Date(expiration).toLocaleDateString()}`);
  return parts.join(", ");
}

export function ShareDialog({ board, onClose }: { board: Dashboard; onClose: () => void }) {
  const client = useQueryClient();
  const queryKey = ["dashboard-shares", board.id];
  const [kind, setKind] = useState("open");
  const [span, setSpan] = useState("1h");
  const [selectable, setSelectable] = useState(false);
  const [choose, setChoose] = useState(false);
  const [password, setPassword] = useState("");
  const [days, setDays] = useState("");
  const variables = board.template_variables ?? [];
  const hidden = useMemo(() => hiddenFromReaders(board.widgets), [board.widgets]);
  const shares = useQuery({
    queryKey,
    queryFn: async ({ signal }) =>
      (await request<{ data: Share[] }>("GET", `/api/v2/dashboard/${board.id}/shared`, { signal })).data,
  });
  const refresh = () => client.invalidateQueries({ queryKey });
  const add = useMutation({
    mutationFn: () =>
      request<unknown>("POST", "/api/v1/dashboard/public", {
        body: {
          dashboard_id: board.id,
          dashboard_type: board.layout_type === "free" ? "custom_screenboard" : "custom_timeboard",
          share_type: kind,
          global_time: { live_span: span },
          global_time_selectable_enabled: selectable,
          ...(password && { password }),
          ...(days && { expiration: new Date(Date.now() + Number(days) * DAY).toISOString() }),
          selectable_template_vars: choose
            ? variables.map(({ name, prefix, available_values }) => ({
                name,
                prefix,
                visible_tags: available_values,
              }))
            : [],
        },
      }),
    onSuccess: () => {
      setPassword("");
      return refresh();
    },
    onError: (error) => toast(error.message, "alert"),
  });
  const revoke = useMutation({
    mutationFn: (token: string) => request<unknown>("DELETE", `/api/v1/dashboard/public/${token}`),
    onSuccess: refresh,
  });
  return (
    <Dialog title={`Share “${board.title}”`} open onClose={onClose} width={720}>
      <div style={{ display: "grid", gap: "var(--s-5)" }}>
        <div style={{ display: "flex", flexWrap: "wrap", gap: "var(--s-4)", alignItems: "center" }}>
          <Select label="Readers" value={kind} options={KINDS} onChange={setKind} />
          <Select label="Time" value={span} options={SPANS} onChange={setSpan} />
          <Checkbox checked={selectable} onChange={setSelectable}>
            Readers choose the time
          </Checkbox>
          {variables.length > 0 && (
            <Checkbox checked={choose} onChange={setChoose}>
              Readers choose the variables
            </Checkbox>
          )}
          <Select label="Expires" value={days} options={EXPIRATIONS} onChange={setDays} />
          <Input
            type="password"
            autoComplete="new-password"
            aria-label="Password"
            placeholder="Password (optional)"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
            style={{ width: 180 }}
          />
          <Button
            kind="primary"
            disabled={add.isPending || (password !== "" && password.length < 8)}
            title={
              password !== "" && password.length < 8 ? "A password has at least 8 characters" : undefined
            }
            onClick={() => add.mutate()}
          >
            Create link
          </Button>
        </div>
        {hidden && (
          <p className="muted" style={{ margin: 0 }}>
            {hidden}
          </p>
        )}
        <Async query={shares}>
          {(all) => (
            <ul style={{ display: "grid", gap: "var(--s-4)" }}>
              {all.length === 0 && <li className="muted">Not shared</li>}
              {all.map((share) => (
                <li key={share.id} style={{ display: "grid", gap: "var(--s-3)" }}>
                  <div style={{ display: "flex", gap: "var(--s-4)", alignItems: "center" }}>
                    <code className="truncate" style={{ flex: 1, minWidth: 0 }}>
                      {share.attributes.url}
                    </code>
                    <span className="muted">{summaryOf(share.attributes)}</span>
                    {share.attributes.share_type === "open" && <CopyButton text={share.attributes.url} />}
                    <Button size="small" kind="danger" onClick={() => revoke.mutate(share.id)}>
                      Revoke
                    </Button>
                  </div>
                  {share.attributes.share_type === "invite" && <Invitations token={share.id} />}
                </li>
              ))}
            </ul>
          )}
        </Async>
      </div>
    </Dialog>
  );
}

function Invitations({ token }: { token: string }) {
  const [email, setEmail] = useState("");
  const [links, setLinks] = useState<Record<string, string>>({});
  const invite = useMutation({
    mutationFn: () =>
      request<Invited>("POST", `/api/v1/dashboard/public/${token}/invitation`, {
        body: { data: [{ type: "public_dashboard_invitation", attributes: { email } }] },
      }),
    onSuccess: ({ meta }) => {
      setLinks({ ...links, ...meta.links });
      setEmail("");
    },
    onError: (error) => toast(error.message, "alert"),
  });
  return (
    <>
      <div style={{ display: "flex", gap: "var(--s-4)" }}>
        <Input
          aria-label="Email"
          placeholder="someone@example.com"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <Button
          size="small"
          disabled={!email.includes("@") || invite.isPending}
          onClick={() => invite.mutate()}
        >
          Invite
        </Button>
      </div>
      {Object.entries(links).map(([person, link]) => (
        <div key={person} style={{ display: "flex", gap: "var(--s-4)", alignItems: "center" }}>
          <span>{person}</span>
          <span className="muted truncate" style={{ flex: 1, minWidth: 0 }}>
            Copy this link now. It is shown only once.
          </span>
          <CopyButton text={link} />
        </div>
      ))}
    </>
  );
}
