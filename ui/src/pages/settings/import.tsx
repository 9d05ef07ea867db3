/** Brings an organization here from Datadog or another Heeler: what to bring, a dry run, progress, report. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "~/api/client";
import type { components } from "~/api/schema";
import { Page } from "~/shell/page";
import { useUrlState } from "~/shell/url";
import {
  Async,
  Button,
  Checkbox,
  CodeBlock,
  type Column,
  DataTable,
  Drawer,
  Empty,
  Field,
  Input,
  Notice,
  Panel,
  Select,
  type State,
  Status,
  toast,
} from "~/ui";
import css from "./import.module.css";
import { ImportReport, type Report } from "./importReport";
import { Moment } from "./timestamp";

type Run = components["schemas"]["RunInfo"];
type Kind = components["schemas"]["KindInfo"];

const SITES = [
  "datadoghq.com",
  "us3.datadoghq.com",
  "us5.datadoghq.com",
  "datadoghq.eu",
  "ap1.datadoghq.com",
  "ap2.datadoghq.com",
  "ddog-gov.com",
] as const;

export default function ImportPage() {
  const [open, setOpen] = useUrlState("run", "");
  const list = useQuery({
    queryKey: ["imports"],
    queryFn: async ({ signal }) => (await api.GET("/api/ui/imports", { signal })).data!,
    refetchInterval: (query) =>
      query.state.data?.runs.some((run) => run.state === "running") ? 1000 : false,
  });
  return (
    <Page title="Import">
      <Async query={list}>
        {(data) => (
          <div className={css.page}>
            <Start kinds={data.kinds} running={data.runs.find((run) => run.state === "running")} />
            <Panel title="Imports">
              {data.runs.length === 0 ? (
                <Empty title="No imports yet">Those that are started here are listed.</Empty>
              ) : (
                <DataTable
                  label="Imports"
                  rows={data.runs}
                  columns={COLUMNS}
                  rowKey={(run) => String(run.id)}
                  onRow={(run) => setOpen(String(run.id))}
                  selected={open || null}
                />
              )}
            </Panel>
          </div>
        )}
      </Async>
      <Drawer title="Import report" open={open !== ""} onClose={() => setOpen("")} width={860}>
        {open && <Details id={Number(open)} />}
      </Drawer>
    </Page>
  );
}

const STATES: Record<Run["state"], [State, string]> = {
  running: ["info", "Running"],
  done: ["ok", "Done"],
  failed: ["alert", "Failed"],
  canceled: ["nodata", "Canceled"],
  interrupted: ["warn", "Interrupted"],
};

function sum(run: Run, ...outcomes: string[]): number {
  const counts = Object.values((run.report as unknown as Report).counts ?? {});
  return counts.reduce((total, one) => total + outcomes.reduce((all, name) => all + (one[name] ?? 0), 0), 0);
}

const COLUMNS: Column<Run>[] = [
  { key: "started", title: "Started", width: "130px", cell: (run) => <Moment text={run.started} /> },
  {
    key: "state",
    title: "Status",
    width: "130px",
    cell: (run) => {
      const [state, word] = STATES[run.state];
      return <Status state={state}>{run.options.dry_run && run.state === "done" ? "Dry run" : word}</Status>;
    },
  },
  { key: "source", title: "Source", width: "minmax(180px, 2fr)", cell: (run) => run.source },
  { key: "created", title: "Created", width: "90px", number: true, cell: (run) => sum(run, "created") },
  { key: "updated", title: "Updated", width: "90px", number: true, cell: (run) => sum(run, "updated") },
  {
    key: "same",
    title: "Unchanged",
    width: "100px",
    number: true,
    cell: (run) => sum(run, "unchanged", "existing"),
  },
  { key: "failed", title: "Failed", width: "80px", number: true, cell: (run) => sum(run, "failed") },
  { key: "by", title: "Started by", width: "minmax(140px, 1fr)", cell: (run) => run.started_by },
];

function Start({ kinds, running }: { kinds: readonly Kind[]; running: Run | undefined }) {
  const client = useQueryClient();
  const [site, setSite] = useState<string>("datadoghq.com");
  const [address, setAddress] = useState("");
  const [apiKey, setApiKey] = useState("");
  const [appKey, setAppKey] = useState("");
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const url = site === "other" ? address.trim() : `https://api.${site}`;
  const start = useMutation({
    mutationFn: async (dryRun: boolean) => {
      const chosen = kinds.filter((kind) => !left.has(kind.name)).map((kind) => kind.name);
      const body = { url, api_key: apiKey, app_key: appKey, kinds: chosen, dry_run: dryRun };
      return (await api.POST("/api/ui/imports", { body })).data!;
    },
    onError: (error) => toast(error.message, "alert"),
    onSettled: () => client.invalidateQueries({ queryKey: ["imports"] }),
  });
  const ready = apiKey.trim() && appKey.trim() && url && left.size < kinds.length && !running;
  const toggle = (name: string, wanted: boolean) => {
    const next = new Set(left);
    if (wanted) next.delete(name);
    else next.add(name);
    setLeft(next);
  };
  return (
    <Panel title="Import from Datadog or another Heeler">
      <div className={css.form}>
        {running && <Running run={running} />}
        <div className={css.fields}>
          <Field label="Site" hint={site === "other" ? undefined : url}>
            <Select
              label=""
              value={site}
              options={[
                ...SITES.map((name) => ({ value: name as string, label: name })),
                { value: "other", label: "Another address" },
              ]}
              onChange={setSite}
            />
          </Field>
          {site === "other" && (
            <Field label="Address of the API" hint="Also of another Heeler">
              <Input
                value={address}
                placeholder="https://heeler.example.org"
                onChange={(event) => setAddress(event.target.value)}
              />
            </Field>
          )}
          <Field label="API key" hint="Held in memory until the import ends">
            <Input
              type="password"
              autoComplete="off"
              value={apiKey}
              onChange={(event) => setApiKey(event.target.value)}
            />
          </Field>
          <Field label="Application key" hint="It reads only what its owner may read">
            <Input
              type="password"
              autoComplete="off"
              value={appKey}
              onChange={(event) => setAppKey(event.target.value)}
            />
          </Field>
        </div>
        <fieldset className={css.kinds}>
          <legend>
            What to import{" "}
            <Button
              kind="ghost"
              size="small"
              onClick={() => setLeft(left.size ? new Set() : new Set(kinds.map((kind) => kind.name)))}
            >
              {left.size ? "Select all" : "Select none"}
            </Button>
          </legend>
          {kinds.map((kind) => (
            <Checkbox
              key={kind.name}
              checked={!left.has(kind.name)}
              onChange={(wanted) => toggle(kind.name, wanted)}
            >
              {kind.title}
            </Checkbox>
          ))}
        </fieldset>
        <div className={css.buttons}>
          <Button
            kind="primary"
            needs="org_management"
            disabled={!ready || start.isPending}
            onClick={() => start.mutate(false)}
          >
            Import
          </Button>
          <Button
            needs="org_management"
            disabled={!ready || start.isPending}
            onClick={() => start.mutate(true)}
          >
            Dry run
          </Button>
          <span className="muted">
            A dry run shows what would be created and refused. Run again at any time: nothing is created
            twice.
          </span>
        </div>
        <details>
          <summary>From the terminal, or from a folder</summary>
          <CodeBlock
            code={`export DD_SOURCE_API_KEY=… DD_SOURCE_APP_KEY=…\nheeler import datadog ${
              site === "other" ? `--url ${address || "https://…"}` : `--site ${site}`
            }\nheeler import datadog --folder export/   # of heeler export or datadog-sync-cli`}
          />
        </details>
      </div>
    </Panel>
  );
}

function Running({ run }: { run: Run }) {
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => api.POST("/api/ui/imports/{run_id}/cancel", { params: { path: { run_id: run.id } } }),
    onError: (error) => toast(error.message, "alert"),
    onSettled: () => client.invalidateQueries({ queryKey: ["imports"] }),
  });
  const at = run.progress;
  const left = at?.seconds_left;
  return (
    <Notice state="info">
      <div className={css.running}>
        <progress max={at?.total || 1} value={at?.done ?? 0} aria-label={at?.phase || "Starting"} />
        <span className="num">
          {at?.phase || "Starting"} {at ? `${at.done.toLocaleString()} of ${at.total.toLocaleString()}` : ""}
          {at && at.rate > 0 ? `, ${at.rate.toFixed(0)} a second` : ""}
          {left != null && left >= 1 ? `, ${left.toFixed(0)} s left` : ""}
        </span>
        <Button size="small" onClick={() => cancel.mutate()} disabled={cancel.isPending}>
          Cancel
        </Button>
      </div>
    </Notice>
  );
}

function Details({ id }: { id: number }) {
  const run = useQuery({
    queryKey: ["imports", id],
    queryFn: async ({ signal }) =>
      (await api.GET("/api/ui/imports/{run_id}", { params: { path: { run_id: id } }, signal })).data!,
    refetchInterval: (query) => (query.state.data?.state === "running" ? 1000 : false),
  });
  return <Async query={run}>{(data) => <ImportReport run={data} />}</Async>;
}
