/** Remote configuration of the tracers of a service: sampling rate, log injection, tracing at all. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { request } from "~/api/client";
import { Button, Dialog, Field, Input, Notice, Select, toast } from "~/ui";
import css from "./trace.module.css";

export interface TracerConfiguration {
  id: string;
  service: string;
  /** `*`: any. */
  env: string;
  options: { sampling_rate?: number; log_injection_enabled?: boolean; tracing_enabled?: boolean };
  tracers: { language: string; tracer_version: string; state: string; error: string }[];
}

const PATH = "/api/ui/apm/tracer-configurations";
const KEY = ["tracer-configurations"];

export function useTracerConfigurations() {
  return useQuery({
    queryKey: KEY,
    refetchInterval: 10_000,
    queryFn: ({ signal }) =>
      request<{
        configurations: TracerConfiguration[];
        tracers: { service: string; env: string; language: string; tracer_version: string }[];
      }>("GET", PATH, { signal }),
  });
}

const CHOICES = [
  { value: "", label: "As the tracer was started" },
  { value: "true", label: "On" },
  { value: "false", label: "Off" },
];
const written = (value: boolean | undefined) => (value === undefined ? "" : String(value));
const read = (text: string) => (text === "" ? undefined : text === "true");

interface DialogProps {
  service: string;
  env: string;
  onClose: () => void;
}

export function TracerDialog(props: DialogProps) {
  const query = useTracerConfigurations();
  const env = props.env || "*";
  if (!query.data) return null;
  const found = query.data.configurations.find((one) => one.service === props.service && one.env === env);
  const tracers = query.data.tracers.filter(
    (one) => one.service === props.service && (env === "*" || one.env === env),
  );
  return <Form {...props} env={env} found={found} tracers={tracers.length} key={found?.id ?? "new"} />;
}

interface FormProps extends DialogProps {
  found: TracerConfiguration | undefined;
  tracers: number;
}

function Form({ service, env, found, tracers, onClose }: FormProps) {
  const options = found?.options ?? {};
  const [rate, setRate] = useState(
    options.sampling_rate === undefined ? "" : String(Math.round(options.sampling_rate * 1e6) / 1e4),
  );
  const [logs, setLogs] = useState(written(options.log_injection_enabled));
  const [tracing, setTracing] = useState(written(options.tracing_enabled));
  const client = useQueryClient();
  const done = (said: string) => {
    toast(said);
    void client.invalidateQueries({ queryKey: KEY });
    onClose();
  };
  const store = useMutation({
    mutationFn: () =>
      request("PUT", PATH, {
        body: {
          service,
          env,
          options: {
            sampling_rate: rate.trim() === "" ? undefined : Number(rate) / 100,
            log_injection_enabled: read(logs),
            tracing_enabled: read(tracing),
          },
        },
      }),
    onSuccess: () => done("Tracers fetch the configuration within half a minute"),
  });
  const remove = useMutation({
    mutationFn: () => request("DELETE", `${PATH}/${found!.id}`),
    onSuccess: () => done("Tracers return to what they were started with"),
  });
  const problem = store.error ?? remove.error;
  const bad = rate.trim() !== "" && !(Number(rate) >= 0 && Number(rate) <= 100);
  const empty = rate.trim() === "" && logs === "" && tracing === "";
  return (
    <Dialog
      title={`Configure tracers of ${service}`}
      open
      onClose={onClose}
      width={480}
      footer={
        <>
          {found && (
            <Button
              needs="apm_remote_configuration_write"
              onClick={() => remove.mutate()}
              disabled={remove.isPending}
            >
              Remove
            </Button>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="primary"
            needs="apm_remote_configuration_write"
            disabled={bad || empty || store.isPending}
            onClick={() => store.mutate()}
          >
            Apply
          </Button>
        </>
      }
    >
      <div className={css.sections}>
        <p className="muted">
          {env === "*" ? "In every environment" : `In ${env}`}.{" "}
          {tracers > 0
            ? `${tracers === 1 ? "1 tracer polls" : `${tracers} tracers poll`} for configuration.`
            : "No tracer of this service polls for configuration now."}
        </p>
        <Field
          label="Sampling rate in percent"
          hint="Of traces that begin in this service"
          error={bad ? "A number from 0 to 100" : undefined}
        >
          <Input
            value={rate}
            inputMode="decimal"
            placeholder="As the tracer was started"
            onChange={(event) => setRate(event.target.value)}
          />
        </Field>
        <Select label="Log injection" value={logs} options={CHOICES} onChange={setLogs} />
        <Select label="Tracing" value={tracing} options={CHOICES} onChange={setTracing} />
        {(found?.tracers ?? []).map((one) => (
          <Notice
            key={`${one.language} ${one.tracer_version}`}
            state={one.state === "error" ? "alert" : "info"}
          >
            {`${one.language} ${one.tracer_version}: ${one.state}${one.error ? `. ${one.error}` : ""}`}
          </Notice>
        ))}
        {problem && <Notice state="alert">{(problem as Error).message}</Notice>}
      </div>
    </Dialog>
  );
}
