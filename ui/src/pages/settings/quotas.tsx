/** Usage by API key, and the quotas of a day. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
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

type KeyAmount = components["schemas"]["KeyAmount"];
type Quota = components["schemas"]["QuotaShown"];

const QUOTAS = "/api/ui/usage/quotas";
const SIGNALS = [
  { value: "bytes", label: "Bytes" },
  { value: "points", label: "Points" },
  { value: "logs", label: "Logs" },
  { value: "spans", label: "Spans" },
] as const;
type Signal = (typeof SIGNALS)[number]["value"];

function amount(key: "bytes" | "points" | "logs" | "spans" | "refused", title: string): Column<KeyAmount> {
  return {
    key,
    title,
    number: true,
    sort: (row) => row[key] ?? 0,
    cell: (row) => (row[key] ?? 0).toLocaleString(),
  };
}

const COLUMNS: Column<KeyAmount>[] = [
  {
    key: "name",
    title: "API key",
    width: "minmax(200px, 2fr)",
    sort: (row) => row.name ?? "",
    cell: (row) => (row.name === null ? <span className="muted">Deleted key</span> : keyName(row)),
  },
  amount("bytes", "Bytes"),
  amount("points", "Points"),
  amount("logs", "Logs"),
  amount("spans", "Spans"),
  amount("refused", "Refused requests"),
];

const keyName = (row: KeyAmount) => `${row.name || "(unnamed)"} …${row.last4}`;

export function UsageByKey({ from, to }: { from: number; to: number }) {
  const query = useQuery({
    queryKey: ["usage", "keys", from, to],
    queryFn: ({ signal }) =>
      request<KeyAmount[]>("GET", "/api/ui/usage/keys", { query: { from, to }, signal }),
    placeholderData: keepPreviousData,
  });
  return (
    <Panel title="API keys">
      <Async query={query}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="Nothing was sent in the selected time range" />
          ) : (
            <DataTable
              label="Usage by API key"
              rows={rows}
              columns={COLUMNS}
              rowKey={(row) => row.key_id}
              initialSort={{ key: "bytes", descending: true }}
            />
          )
        }
      </Async>
    </Panel>
  );
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
              A quota limits what is taken in on a day (UTC) with one API key, or with all of them. At the
              limit senders get status 429, and administrators a mail.
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
      key: "key",
      title: "API key",
      width: "minmax(180px, 2fr)",
      sort: (row) => row.key_name ?? "",
      cell: (row) => (row.key_id === null ? "All keys" : row.key_name || "(unnamed)"),
    },
    { key: "signal", title: "Signal", sort: (row) => row.signal, cell: (row) => labelOf(row.signal) },
    {
      key: "limit",
      title: "A day",
      number: true,
      sort: (row) => row.daily_limit,
      cell: (row) => row.daily_limit.toLocaleString(),
    },
    {
      key: "used",
      title: "Used today",
      number: true,
      sort: (row) => row.used,
      cell: (row) => (
        <span style={{ color: colorOf(row) }}>
          {row.used.toLocaleString()} (
          {row.daily_limit ? Math.floor((row.used * 100) / row.daily_limit) : 100} %)
        </span>
      ),
    },
    {
      key: "refused",
      title: "Refused requests of the key",
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

const labelOf = (signal: string) => SIGNALS.find(({ value }) => value === signal)?.label ?? signal;

function colorOf({ used, daily_limit, warning_percent }: Quota) {
  if (used >= daily_limit) return "var(--alert)";
  return used * 100 >= daily_limit * warning_percent ? "var(--warn)" : undefined;
}

const ALL = "";

function QuotaDialog({ quota, onClose }: { quota: Quota | null; onClose: () => void }) {
  const client = useQueryClient();
  const keys = useKeys("api");
  const [signal, setSignal] = useState<Signal>((quota?.signal as Signal) ?? "logs");
  const [key, setKey] = useState(quota?.key_id ?? ALL);
  const [limit, setLimit] = useState(quota ? String(quota.daily_limit) : "");
  const [warning, setWarning] = useState(String(quota?.warning_percent ?? 80));
  const saving = useMutation({
    mutationFn: () =>
      request(quota ? "PUT" : "POST", quota ? `${QUOTAS}/${quota.id}` : QUOTAS, {
        body: {
          signal,
          key_id: key || null,
          daily_limit: Number(limit),
          warning_percent: Number(warning),
        },
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["usage", "quotas"] });
      onClose();
    },
  });
  const valid = /^\d+$/.test(limit.trim()) && /^\d+$/.test(warning.trim());
  const options = [
    { value: ALL, label: "All keys together" },
    ...(keys.data ?? []).map(({ id, attributes }) => ({
      value: id,
      label: `${attributes.name || "(unnamed)"} …${attributes.last4}`,
    })),
  ];
  const footer = (
    <Button kind="primary" disabled={!valid || saving.isPending} onClick={() => saving.mutate()}>
      {quota ? "Save" : "Create"}
    </Button>
  );
  return (
    <Dialog title={quota ? "Edit quota" : "New quota"} open onClose={onClose} footer={footer} width={480}>
      <Toolbar>
        <Select label="API key" value={key} options={options} onChange={setKey} />
        <Select label="Signal" value={signal} options={SIGNALS} onChange={setSignal} />
      </Toolbar>
      <Field
        label="Limit of a day"
        hint="From 00:00 to 24:00 UTC; bytes count as they were sent, compressed."
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
