/** Making and changing an SLO. */

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
import { QueryEditor } from "~/widgets/query/editor";
import { useMonitors } from "../monitors/api";
import {
  type Slo,
  type SloDraft,
  type SloType,
  type Threshold,
  TIMEFRAMES,
  TYPES,
  useSlo,
  useSloChange,
} from "./api";
import { SliPreview } from "./preview";

const CRUMBS = [{ label: "SLOs", href: "/slo/manage" }];
const FORM = { display: "grid", gap: "var(--s-5)", padding: "var(--s-2) var(--s-5) var(--s-5)" };

const NEW: SloDraft = {
  name: "",
  description: null,
  type: "metric",
  tags: [],
  timeframe: "7d",
  thresholds: [{ timeframe: "7d", target: 99.9 }],
  query: { numerator: "", denominator: "" },
};

/** What a type starts with. */
const STARTS: Record<SloType, Partial<SloDraft>> = {
  metric: { query: { numerator: "", denominator: "" } },
  monitor: { monitor_ids: [] },
  time_slice: {
    sli_specification: {
      time_slice: {
        comparator: "<",
        threshold: 1,
        query_interval_seconds: 300,
        query: {
          formulas: [{ formula: "query1" }],
          queries: [{ data_source: "metrics", name: "query1", query: "" }],
        },
      },
    },
  },
};

export default function EditSlo() {
  const { id } = useParams<{ id: string }>();
  if (!id) return <Form draft={NEW} />;
  return <Existing id={id} />;
}

function Existing({ id }: { id: string }) {
  const query = useSlo(id);
  if (!query.data) {
    return (
      <Page title="Edit SLO" crumbs={CRUMBS}>
        <Async query={query}>{() => null}</Async>
      </Page>
    );
  }
  return <Form draft={query.data} existing={query.data} />;
}

function Form({ draft: initial, existing }: { draft: SloDraft; existing?: Slo }) {
  const [draft, setDraft] = useState(initial);
  const [problem, setProblem] = useState<string>();
  const change = useSloChange();
  const [, navigate] = useLocation();
  const leave = useDraftGuard(draft);
  const set = (part: Partial<SloDraft>) => {
    setDraft({ ...draft, ...part });
    setProblem(undefined);
  };
  const save = async () => {
    const { name, type, description, tags, timeframe, thresholds } = draft;
    const { query, monitor_ids, groups, sli_specification } = draft;
    const plain = thresholds.map(({ timeframe, target, warning }) => ({
      timeframe,
      target,
      ...(warning && { warning }),
    }));
    const common = { name, type, description, tags, timeframe, thresholds: plain };
    try {
      const path = existing ? `/api/v1/slo/${existing.id}` : "/api/v1/slo";
      const body = { ...common, query, monitor_ids, groups, sli_specification };
      const saved = await change.mutateAsync({ method: existing ? "PUT" : "POST", path, body });
      toast("Saved");
      leave();
      navigate(`/slo/${saved?.data?.[0]?.id ?? existing?.id}`);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const missing = missingOf(draft);
  const actions = (
    <>
      {missing && <span className="muted">{missing}</span>}
      <Button onClick={() => navigate(existing ? `/slo/${existing.id}` : "/slo/manage")}>Cancel</Button>
      <Button
        kind="primary"
        disabled={change.isPending || missing !== undefined}
        title={missing}
        onClick={() => void save()}
      >
        Save
      </Button>
    </>
  );
  return (
    <Page
      title={existing ? `Edit ${existing.name}` : "New SLO"}
      crumbs={CRUMBS}
      actions={actions}
      form={!existing}
    >
      <div style={{ display: "grid", gap: "var(--s-4)", maxWidth: 1100 }}>
        {problem && <Notice state="alert">{problem}</Notice>}
        <Panel title="1. Define the SLI">
          <div style={FORM}>
            {!existing && (
              <Segments
                label="Type"
                value={draft.type}
                onChange={(type) => {
                  const { name, description, tags, timeframe, thresholds } = draft;
                  setDraft({ name, description, tags, timeframe, thresholds, type, ...STARTS[type] });
                }}
                options={TYPES}
              />
            )}
            <Sli draft={draft} onChange={set} />
            <SliPreview draft={draft} />
          </div>
        </Panel>
        <Panel title="2. Set targets and time windows">
          <Targets draft={draft} onChange={set} />
        </Panel>
        <Panel title="3. Name the SLO">
          <div style={FORM}>
            <Field label="Name">
              <Input value={draft.name} onChange={(event) => set({ name: event.target.value })} />
            </Field>
            <Field label="Description">
              <TextArea
                rows={2}
                value={draft.description ?? ""}
                onChange={(event) => set({ description: event.target.value || null })}
              />
            </Field>
            <TagsField tags={draft.tags} onChange={(tags) => set({ tags })} />
          </div>
        </Panel>
      </div>
    </Page>
  );
}

/** What the SLO lacks before it can be saved. */
function missingOf(draft: SloDraft): string | undefined {
  if (draft.type === "metric" && draft.query && !draft.query.numerator.trim())
    return "Define the good events";
  if (draft.type === "metric" && draft.query && !draft.query.denominator.trim()) return "Define all events";
  if (draft.type === "monitor" && !draft.monitor_ids?.length) return "Choose a monitor";
  const slice = draft.sli_specification?.time_slice;
  if (draft.type === "time_slice" && slice?.query.queries.some((one) => !one.query?.trim()))
    return "Define the metric query";
  if (draft.thresholds.length === 0) return "Set a target";
  return draft.name.trim() ? undefined : "Name the SLO";
}

interface PartProps {
  draft: SloDraft;
  onChange: (part: Partial<SloDraft>) => void;
}

function Sli({ draft, onChange }: PartProps) {
  if (draft.type === "monitor") return <Monitors draft={draft} onChange={onChange} />;
  if (draft.type === "time_slice") return <Slices draft={draft} onChange={onChange} />;
  const query = draft.query;
  if (!query) return <p className="muted">The formulas of this SLO are changed through the API.</p>;
  return (
    <>
      <Field
        label="Sum of the good events"
        hint="For example sum:trace.web.request.hits{!http.status_class:5xx}."
      >
        <QueryEditor
          text={query.numerator}
          label="Good events"
          hint="sum:trace.web.request.hits{*}.as_count()"
          onRun={(numerator) => onChange({ query: { ...query, numerator } })}
        />
      </Field>
      <Field label="Sum of all events">
        <QueryEditor
          text={query.denominator}
          label="Total events"
          hint="sum:trace.web.request.hits{*}.as_count()"
          onRun={(denominator) => onChange({ query: { ...query, denominator } })}
        />
      </Field>
    </>
  );
}

function Monitors({ draft, onChange }: PartProps) {
  const monitors = useMonitors();
  const chosen = draft.monitor_ids ?? [];
  return (
    <Async query={monitors}>
      {(found) => (
        <Field label="Monitors" hint="Down while any of them is in Alert. At most 20.">
          <select
            multiple
            size={8}
            aria-label="Monitors"
            value={chosen.map(String)}
            onChange={(event) =>
              onChange({ monitor_ids: [...event.target.selectedOptions].map((one) => Number(one.value)) })
            }
          >
            {found.map((monitor) => (
              <option key={monitor.id} value={monitor.id}>
                {monitor.name}
              </option>
            ))}
          </select>
        </Field>
      )}
    </Async>
  );
}

const COMPARATORS = [
  { value: "<", label: "below" },
  { value: "<=", label: "below or equal to" },
  { value: ">", label: "above" },
  { value: ">=", label: "above or equal to" },
];

function Slices({ draft, onChange }: PartProps) {
  const slice = draft.sli_specification?.time_slice;
  const query = slice?.query.queries[0];
  if (!slice || !query) return null;
  const set = (part: Partial<typeof slice>) =>
    onChange({ sli_specification: { time_slice: { ...slice, ...part } } });
  return (
    <>
      <Field label="Metric query">
        <QueryEditor
          text={query.query}
          label="Metric query"
          onRun={(text) => set({ query: { ...slice.query, queries: [{ ...query, query: text }] } })}
        />
      </Field>
      <div style={{ display: "flex", gap: "var(--s-4)", alignItems: "center", flexWrap: "wrap" }}>
        Uptime is when the value is
        <Select
          value={slice.comparator}
          options={COMPARATORS}
          onChange={(comparator) => set({ comparator })}
        />
        <Input
          type="number"
          step="any"
          aria-label="Threshold"
          style={{ width: 110 }}
          defaultValue={slice.threshold}
          onChange={(event) => set({ threshold: Number(event.target.value) })}
        />
        in slices of
        <Select
          value={String(slice.query_interval_seconds)}
          options={[
            { value: "300", label: "5 minutes" },
            { value: "60", label: "1 minute" },
          ]}
          onChange={(seconds) => set({ query_interval_seconds: Number(seconds) })}
        />
      </div>
    </>
  );
}

function Targets({ draft, onChange }: PartProps) {
  const set = (timeframe: string, part: Partial<Threshold> | null) => {
    const others = draft.thresholds.filter((one) => one.timeframe !== timeframe);
    const old = draft.thresholds.find((one) => one.timeframe === timeframe) ?? { timeframe, target: 99.9 };
    const next = part ? [...others, { ...old, ...part }] : others;
    const sorted = Object.keys(TIMEFRAMES).flatMap((name) => next.filter((one) => one.timeframe === name));
    const primary = sorted.some((one) => one.timeframe === draft.timeframe)
      ? draft.timeframe
      : (sorted[0]?.timeframe ?? "7d");
    onChange({ thresholds: sorted, timeframe: primary });
  };
  return (
    <div style={FORM}>
      {Object.keys(TIMEFRAMES).map((timeframe) => {
        const found = draft.thresholds.find((one) => one.timeframe === timeframe);
        return (
          <div
            key={timeframe}
            style={{ display: "flex", gap: "var(--s-4)", alignItems: "center", flexWrap: "wrap" }}
          >
            <label style={{ width: 90 }}>
              <input
                type="checkbox"
                checked={found !== undefined}
                onChange={(event) => set(timeframe, event.target.checked ? {} : null)}
              />{" "}
              Past {timeframe}
            </label>
            <PercentInput
              label={`Target over ${timeframe}`}
              value={found?.target}
              disabled={!found}
              onChange={(target) => set(timeframe, { target })}
            />
            % target
            <PercentInput
              label={`Warning over ${timeframe}`}
              value={found?.warning}
              disabled={!found}
              onChange={(warning) => set(timeframe, { warning: warning || undefined })}
            />
            % warning, greater than the target
          </div>
        );
      })}
    </div>
  );
}

interface NumberProps {
  label: string;
  value: number | undefined;
  disabled: boolean;
  onChange: (value: number) => void;
}

function PercentInput({ label, value, disabled, onChange }: NumberProps) {
  return (
    <Input
      type="number"
      step="any"
      min={0}
      max={100}
      aria-label={label}
      style={{ width: 110 }}
      disabled={disabled}
      defaultValue={value ?? ""}
      onChange={(event) => onChange(Number(event.target.value))}
    />
  );
}
