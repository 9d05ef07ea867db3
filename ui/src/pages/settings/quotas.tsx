/** Quotas: the most of a signal that is taken in on a day, and the most series. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, request } from "~/api/client";
import type { components } from "~/api/schema";
import {
  Async,
  Button,
  type Column,
  Confirm,
  DataTable,
  Dialog,
  Empty,
  Field,
  Input,
  Panel,
  Select,
  Toolbar,
  useMay,
} from "~/ui";
import { useKeys } from "./api";

type Quota = components["schemas"]["QuotaShown"];

const QUOTAS = "/api/ui/usage/quotas";
const SIGNALS = [
  { value: "bytes", label: "Bytes" },
  { value: "points", label: "Points" },
  { value: "logs", label: "Logs" },
  { value: "spans", label: "Spans" },
  { value: "series", label: "Series" },
] as const;
type Signal = (typeof SIGNALS)[number]["value"];

const SCOPES = [
  { value: "all", label: "Everything" },
  { value: "key", label: "API key" },
  { value: "service", label: "Service" },
  { value: "team", label: "Team" },
  { value: "tag", label: "Tag" },
  { value: "metric", label: "Metric" },
] as const;
type Scope = (typeof SCOPES)[number]["value"];

/** Of what each signal can be limited. */
function scopesOf(signal: Signal) {
  return signal === "series" ? SCOPES : SCOPES.slice(0, 5);
}

export function Quotas() {
  const [open, setOpen] = useState<Quota | "new" | null>(null);
  const [removed, setRemoved] = useState<Quota | null>(null);
  const client = useQueryClient();
  const editable = useMay("org_management");
  const query = useQuery({
    queryKey: ["usage", "quotas"],
    queryFn: async ({ signal }) => (await api.GET(QUOTAS, { signal })).data!,
    refetchInterval: 30_000,
  });
  const remove = useMutation({
    mutationFn: (quota: Quota) => request("DELETE", `${QUOTAS}/${quota.id}`),
    onSuccess: async () => {
      setRemoved(null);
      await client.invalidateQueries({ queryKey: ["usage", "quotas"] });
    },
  });
  return (
    <Panel
      title="Quotas"
      actions={
        <Button icon="plus" needs="org_management" onClick={() => setOpen("new")}>
          New quota
        </Button>
      }
    >
      <Async query={query}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="No quotas">
              A quota limits what is taken in on a day (UTC) of an API key, a service, a team, a tag or
              everything, or the number of series. What is over it is refused, and administrators get a mail.
            </Empty>
          ) : (
            <DataTable
              label="Quotas"
              rows={rows}
              columns={quotaColumns(editable ? setRemoved : null)}
              rowKey={(row) => row.id}
              onRow={editable ? setOpen : undefined}
            />
          )
        }
      </Async>
      {open && (
        <QuotaDialog
          key={open === "new" ? "new" : open.id}
          quota={open === "new" ? null : open}
          onClose={() => setOpen(null)}
        />
      )}
      {removed && (
        <Confirm
          title={`Delete the quota of ${removed.signal}?`}
          action="Delete"
          busy={remove.isPending}
          onConfirm={() => remove.mutate(removed)}
          onClose={() => setRemoved(null)}
        >
          <p>What it refused so far today is taken in again.</p>
        </Confirm>
      )}
    </Panel>
  );
}

function quotaColumns(onRemove: ((quota: Quota) => void) | null): Column<Quota>[] {
  return [
    {
      key: "scope",
      title: "Scope",
      width: "minmax(180px, 2fr)",
      sort: scopeOf,
      cell: scopeOf,
    },
    { key: "signal", title: "Signal", sort: (row) => row.signal, cell: (row) => labelOf(row.signal) },
    {
      key: "limit",
      title: "Limit",
      number: true,
      sort: (row) => row.daily_limit,
      cell: (row) => `${row.daily_limit.toLocaleString()}${row.signal === "series" ? "" : " a day"}`,
    },
    {
      key: "used",
      title: "Used",
      width: "minmax(120px, 1.5fr)",
      number: true,
      sort: (row) => row.used,
      cell: (row) => (
        <span style={{ color: colorOf(row) }}>
          {row.used.toLocaleString()} (
          {row.daily_limit ? Math.floor((row.used * 100) / row.daily_limit) : 100} %)
          {row.used_by && ` ${row.used_by}`}
        </span>
      ),
    },
    {
      key: "refused",
      title: "Refused today",
      number: true,
      sort: (row) => row.refused,
      cell: (row) => row.refused.toLocaleString(),
    },
    ...(onRemove
      ? [
          {
            key: "delete",
            title: "",
            width: "48px",
            cell: (row: Quota) => (
              <Button
                icon="trash"
                kind="ghost"
                aria-label="Delete quota"
                onClick={(event) => {
                  event.stopPropagation();
                  onRemove(row);
                }}
              />
            ),
          },
        ]
      : []),
  ];
}

function scopeOf(row: Quota): string {
  if (row.scope === "key") return `API key ${row.key_name || "(unnamed)"}`;
  if (row.scope === "all") return "Everything";
  const each = row.scope === "metric" && row.scope_value.includes("*");
  return each ? `Each metric of ${row.scope_value}` : `${scopeLabel(row.scope)} ${row.scope_value}`;
}

const scopeLabel = (scope: string) => SCOPES.find(({ value }) => value === scope)?.label ?? scope;

const labelOf = (signal: string) => SIGNALS.find(({ value }) => value === signal)?.label ?? signal;

function colorOf({ used, daily_limit, warning_percent }: Quota) {
  if (used >= daily_limit) return "var(--alert)";
  return used * 100 >= daily_limit * warning_percent ? "var(--warn)" : undefined;
}

const VALUES: Partial<Record<Scope, { label: string; hint: string; placeholder: string }>> = {
  service: { label: "Service", hint: "The tag service of what is sent.", placeholder: "checkout" },
  team: { label: "Team", hint: "The tag team of what is sent.", placeholder: "payments" },
  tag: { label: "Tag", hint: "As it is sent; tags of hosts do not count.", placeholder: "env:prod" },
  metric: {
    label: "Metric",
    hint: "A name, or a pattern with *: each metric that matches is limited by itself.",
    placeholder: "*",
  },
};

function QuotaDialog({ quota, onClose }: { quota: Quota | null; onClose: () => void }) {
  const client = useQueryClient();
  const keys = useKeys("api");
  const [signal, setSignal] = useState<Signal>((quota?.signal as Signal) ?? "logs");
  const [chosen, setScope] = useState<Scope>((quota?.scope as Scope) ?? "all");
  const [key, setKey] = useState(quota?.key_id ?? "");
  const [value, setValue] = useState(quota?.scope_value ?? "");
  const [limit, setLimit] = useState(quota ? String(quota.daily_limit) : "");
  const [warning, setWarning] = useState(String(quota?.warning_percent ?? 80));
  const scopes = scopesOf(signal);
  const scope = scopes.some((one) => one.value === chosen) ? chosen : "all";
  const asked = VALUES[scope];
  const saving = useMutation({
    mutationFn: () =>
      request(quota ? "PUT" : "POST", quota ? `${QUOTAS}/${quota.id}` : QUOTAS, {
        body: {
          signal,
          scope,
          scope_value: asked ? value.trim() : "",
          key_id: scope === "key" ? key : null,
          daily_limit: Number(limit),
          warning_percent: Number(warning),
        },
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["usage", "quotas"] });
      onClose();
    },
  });
  const numbers = /^\d+$/.test(limit.trim()) && /^\d+$/.test(warning.trim());
  const valid = numbers && (scope !== "key" || key !== "") && (!asked || value.trim() !== "");
  const options = (keys.data ?? []).map(({ id, attributes }) => ({
    value: id,
    label: `${attributes.name || "(unnamed)"} …${attributes.last4}`,
  }));
  const footer = (
    <Button kind="primary" disabled={!valid || saving.isPending} onClick={() => saving.mutate()}>
      {quota ? "Save" : "Create"}
    </Button>
  );
  return (
    <Dialog title={quota ? "Edit quota" : "New quota"} open onClose={onClose} footer={footer} width={520}>
      <Toolbar>
        <Select label="Signal" value={signal} options={SIGNALS} onChange={setSignal} />
        <Select label="Scope" value={scope} options={scopes} onChange={setScope} />
        {scope === "key" && <Select label="API key" value={key} options={options} onChange={setKey} />}
      </Toolbar>
      {asked && (
        <Field label={asked.label} hint={asked.hint}>
          <Input
            value={value}
            placeholder={asked.placeholder}
            onChange={(event) => setValue(event.target.value)}
          />
        </Field>
      )}
      <Field
        label={signal === "series" ? "Series limit" : "Daily limit"}
        hint={
          signal === "series"
            ? "Those sent within the last day. At the limit, new series are refused; known ones continue."
            : signal === "bytes" && scope !== "all" && scope !== "key"
              ? "From 00:00 to 24:00 UTC; bytes are those of its logs and spans before compression."
              : "From 00:00 to 24:00 UTC; bytes count as they were sent, compressed."
        }
        error={saving.error?.message}
      >
        <Input inputMode="numeric" value={limit} onChange={(event) => setLimit(event.target.value)} />
      </Field>
      <Field label="Notify administrators from" hint="Per cent of the limit; and again at the limit.">
        <Input inputMode="numeric" value={warning} onChange={(event) => setWarning(event.target.value)} />
      </Field>
    </Dialog>
  );
}
