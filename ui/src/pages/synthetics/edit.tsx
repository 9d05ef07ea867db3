/** Making and changing a synthetic test: a form, or its JSON. */

import { useState } from "react";
import { useLocation, useParams } from "wouter";
import { useDraftGuard } from "~/shell/leaving";
import { Page } from "~/shell/page";
import {
  Async,
  Button,
  Field,
  Input,
  Notice,
  Panel,
  Segments,
  Select,
  TagsField,
  TextArea,
  toast,
} from "~/ui";
import { paths, type RunResult, SUBTYPES, type Test, type TestDraft, useChange, useTest } from "./api";
import { Assertions, numeric } from "./assertions";
import { ASSERTIONS } from "./format";
import { Outcome } from "./outcome";

const CRUMBS = [{ label: "Synthetic tests", href: "/synthetics/tests" }];
const FORM = { display: "grid", gap: "var(--s-4)", padding: "var(--s-2) var(--s-5) var(--s-5)" };
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const PORTS: Record<string, number> = { ssl: 443, tcp: 443 };

function starting(subtype: string): TestDraft["config"] {
  if (subtype === "multi") {
    const request = { method: "GET", url: "https://" };
    const assertions = [{ type: "statusCode", operator: "is", target: 200 }];
    return { steps: [{ name: "Step 1", subtype: "http", request, assertions, extractedValues: [] }] };
  }
  const first = ASSERTIONS[subtype]![0]!;
  const { type, property, operators, target } = first;
  return {
    request:
      subtype === "http"
        ? { method: "GET", url: "" }
        : { host: "", ...(PORTS[subtype] !== undefined && { port: PORTS[subtype] }) },
    assertions: [{ type, ...(property && { property }), operator: operators[0]!, target: numeric(target) }],
  };
}

const NEW: TestDraft = {
  name: "",
  type: "api",
  subtype: "http",
  status: "live",
  config: starting("http"),
  options: { tick_every: 60, min_failure_duration: 0, retry: { count: 1, interval: 1000 } },
  locations: [],
  message: "",
  tags: [],
};

export default function EditTest() {
  const { id } = useParams<{ id: string }>();
  return id ? <Existing id={id} /> : <Form draft={NEW} />;
}

function Existing({ id }: { id: string }) {
  const query = useTest(id);
  if (!query.data) {
    return (
      <Page title="Edit test" crumbs={CRUMBS}>
        <Async query={query}>{() => null}</Async>
      </Page>
    );
  }
  const { public_id: _, monitor_id: __, ...draft } = query.data;
  return <Form draft={draft} existing={query.data} />;
}

function Form({ draft: initial, existing }: { draft: TestDraft; existing?: Test }) {
  const [draft, setDraft] = useState(initial);
  const [source, setSource] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const [outcome, setOutcome] = useState<RunResult>();
  const change = useChange<Test & RunResult>();
  const [, navigate] = useLocation();
  // The source that was only looked at is no change.
  const leave = useDraftGuard([draft, source === JSON.stringify(draft.config, null, 2) ? undefined : source]);
  const set = (part: Partial<TestDraft>) => {
    setDraft({ ...draft, ...part });
    setProblem(undefined);
  };
  const current = (): TestDraft => (source === undefined ? draft : { ...draft, config: JSON.parse(source) });
  const act = async (method: string, path: string) => {
    setProblem(undefined);
    try {
      return await change.mutateAsync({ method, path, body: current() });
    } catch (error) {
      setProblem(
        error instanceof SyntaxError ? `The JSON cannot be read: ${error.message}` : (error as Error).message,
      );
    }
  };
  const run = async () => setOutcome(await act("POST", paths.run));
  const save = async () => {
    const saved = await act(
      existing ? "PUT" : "POST",
      existing ? paths.change(existing.public_id) : paths.create,
    );
    if (!saved) return;
    toast("Saved");
    leave();
    navigate(`/synthetics/details/${saved.public_id}`);
  };
  const multi = draft.subtype === "multi";
  const shownSource = source ?? (multi ? JSON.stringify(draft.config, null, 2) : undefined);
  const actions = (
    <>
      <Button
        onClick={() => navigate(existing ? `/synthetics/details/${existing.public_id}` : "/synthetics/tests")}
      >
        Cancel
      </Button>
      <Button disabled={change.isPending} onClick={() => void run()}>
        Run test
      </Button>
      <Button kind="primary" disabled={change.isPending || !draft.name.trim()} onClick={() => void save()}>
        Save
      </Button>
    </>
  );
  return (
    <Page
      title={existing ? `Edit ${existing.name}` : "New synthetic test"}
      crumbs={CRUMBS}
      actions={actions}
      form={!existing}
    >
      <div style={{ display: "grid", gap: "var(--s-4)", maxWidth: 1000 }}>
        {problem && <Notice state="alert">{problem}</Notice>}
        <Panel
          title="1. Define the request"
          actions={
            !multi && (
              <Segments
                label="Editor"
                value={source === undefined ? "form" : "json"}
                onChange={(mode) => {
                  try {
                    if (mode === "json") setSource(JSON.stringify(draft.config, null, 2));
                    else {
                      setDraft(current());
                      setSource(undefined);
                    }
                  } catch (error) {
                    setProblem(`The JSON cannot be read: ${(error as Error).message}`);
                  }
                }}
                options={[
                  { value: "form", label: "Form" },
                  { value: "json", label: "JSON" },
                ]}
              />
            )
          }
        >
          <div style={FORM}>
            {!existing && (
              <Segments
                label="Type"
                value={draft.subtype}
                onChange={(subtype) => {
                  setSource(undefined);
                  set({ subtype, config: starting(subtype) });
                }}
                options={SUBTYPES}
              />
            )}
            {shownSource !== undefined ? (
              <Field
                label={multi ? "Steps (JSON of the public API)" : "Configuration (JSON of the public API)"}
              >
                <TextArea
                  className="mono"
                  rows={18}
                  value={shownSource}
                  onChange={(event) => setSource(event.target.value)}
                />
              </Field>
            ) : (
              <RequestForm draft={draft} onChange={(config) => set({ config })} />
            )}
          </div>
        </Panel>
        <Panel title="2. Set the schedule and alert conditions">
          <div style={{ ...FORM, gridTemplateColumns: "repeat(auto-fit, minmax(180px, 1fr))" }}>
            <NumberField
              label="Run every (seconds)"
              hint="30 to 604800"
              value={draft.options.tick_every ?? 60}
              onChange={(tick_every) => set({ options: { ...draft.options, tick_every } })}
            />
            <NumberField
              label="Alert after failing for (seconds)"
              hint="0: at the first failure"
              value={draft.options.min_failure_duration ?? 0}
              onChange={(min_failure_duration) =>
                set({ options: { ...draft.options, min_failure_duration } })
              }
            />
            <NumberField
              label="Retries of a failed run"
              hint="0 to 5"
              value={draft.options.retry?.count ?? 0}
              onChange={(count) =>
                set({ options: { ...draft.options, retry: { ...draft.options.retry, count } } })
              }
            />
          </div>
        </Panel>
        <Panel title="3. Name the test and notify your team">
          <div style={FORM}>
            <Field label="Name">
              <Input value={draft.name} onChange={(event) => set({ name: event.target.value })} />
            </Field>
            <TagsField tags={draft.tags} onChange={(tags) => set({ tags })} />
            <Field label="Message" hint="Mention @people, @teams and @channels that are notified">
              <TextArea
                rows={4}
                value={draft.message}
                onChange={(event) => set({ message: event.target.value })}
              />
            </Field>
          </div>
        </Panel>
        {outcome && (
          <Panel title="Result of this run">
            <div style={FORM}>
              <Outcome result={outcome} />
            </div>
          </Panel>
        )}
      </div>
    </Page>
  );
}

interface NumberFieldProps {
  label: string;
  hint: string;
  value: number;
  onChange: (value: number) => void;
}

function NumberField({ label, hint, value, onChange }: NumberFieldProps) {
  return (
    <Field label={label} hint={hint}>
      <Input type="number" min={0} value={value} onChange={(event) => onChange(Number(event.target.value))} />
    </Field>
  );
}

interface RequestFormProps {
  draft: TestDraft;
  onChange: (config: TestDraft["config"]) => void;
}

function RequestForm({ draft, onChange }: RequestFormProps) {
  const { config, subtype } = draft;
  const request = config.request ?? {};
  const set = (part: Partial<typeof request>) => onChange({ ...config, request: { ...request, ...part } });
  const row = { display: "grid", gap: "var(--s-4)", gridTemplateColumns: "auto 1fr", alignItems: "end" };
  return (
    <>
      {subtype === "http" ? (
        <>
          <div style={row}>
            <div>
              <Select
                label="Method"
                value={request.method ?? "GET"}
                options={METHODS.map((method) => ({ value: method, label: method }))}
                onChange={(method) => set({ method })}
              />
            </div>
            <Field label="URL">
              <Input
                value={request.url ?? ""}
                placeholder="https://www.example.com/health"
                onChange={(event) => set({ url: event.target.value })}
              />
            </Field>
          </div>
          {!["GET", "HEAD"].includes(request.method ?? "GET") && (
            <Field label="Body">
              <TextArea
                className="mono"
                rows={4}
                value={request.body ?? ""}
                onChange={(event) => set({ body: event.target.value })}
              />
            </Field>
          )}
        </>
      ) : (
        <div style={{ ...row, gridTemplateColumns: "4fr minmax(110px, 1fr)" }}>
          <Field label="Host">
            <Input
              value={request.host ?? ""}
              placeholder="www.example.com"
              onChange={(event) => set({ host: event.target.value })}
            />
          </Field>
          {subtype !== "dns" && (
            <Field label="Port">
              <Input
                type="number"
                value={request.port ?? ""}
                onChange={(event) => set({ port: Number(event.target.value) })}
              />
            </Field>
          )}
        </div>
      )}
      <Assertions
        subtype={subtype}
        assertions={config.assertions ?? []}
        onChange={(assertions) => onChange({ ...config, assertions })}
      />
    </>
  );
}
