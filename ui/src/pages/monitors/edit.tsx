/** Making and changing a monitor, with the graph and its thresholds drawn while one types. */

import { useMemo, useState } from "react";
import { useLocation, useParams } from "wouter";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlState } from "~/shell/url";
import { Async, Button, Checkbox, Field, Input, Notice, Panel, Select, TextArea, toast } from "~/ui";
import { QueryEditor } from "~/widgets/query/editor";
import { type Monitor, type MonitorDraft, type Thresholds, useMonitor, useMonitorChange } from "./api";
import { MonitorGraph } from "./graph";
import { type MetricCondition, readCondition, thresholdMeaning, withQuery, writeCondition } from "./query";

/** Panels bring charts to their edges; forms stand a little inside. */
const FORM = { display: "grid", gap: "var(--s-5)", padding: "var(--s-2) var(--s-5) var(--s-5)" };

const CRUMBS = [{ label: "Monitors", href: "/monitors/manage" }];

const NEW: MonitorDraft = {
  name: "",
  type: "metric alert",
  query: "avg(last_5m):avg:system.cpu.user{*} by {host} > 90",
  message:
    "{{#is_alert}}{{host.name}} is at {{value}}, above {{threshold}}.{{/is_alert}}\n{{#is_recovery}}{{host.name}} is well again.{{/is_recovery}}",
  tags: [],
  options: { thresholds: { critical: 90 }, notify_no_data: false, include_tags: true },
};

/** Of the form's usual start, or of the query that the address brings. */
export function CreateMonitor() {
  const [query] = useUrlState("query");
  return <Form draft={query ? { ...NEW, query, options: { ...NEW.options, thresholds: {} } } : NEW} />;
}

export default function EditMonitor() {
  const { id } = useParams<{ id: string }>();
  if (!id) return <CreateMonitor />;
  return <Existing id={id} />;
}

function Existing({ id }: { id: string }) {
  const query = useMonitor(id);
  if (!query.data) {
    return (
      <Page title="Edit monitor" crumbs={CRUMBS}>
        <Async query={query}>{() => null}</Async>
      </Page>
    );
  }
  return <Form draft={query.data} existing={query.data} />;
}

function Form({ draft: initial, existing }: { draft: MonitorDraft; existing?: Monitor }) {
  const [draft, keep] = useState(initial);
  const [problem, setProblem] = useState<string>();
  const setDraft = (next: MonitorDraft) => {
    keep(next);
    setProblem(undefined);
  };
  const { range } = useTimeRange();
  const [, navigate] = useLocation();
  const change = useMonitorChange();
  const condition = useMemo(() => readCondition(draft.query), [draft.query]);
  const thresholds = draft.options.thresholds ?? {};
  const save = async () => {
    const path = existing ? `/api/v1/monitor/${existing.id}` : "/api/v1/monitor";
    const { name, type, query, message, tags, options, priority } = draft;
    try {
      const body = { name, type, query, message, tags, options, priority };
      const saved = await change.mutateAsync({ method: existing ? "PUT" : "POST", path, body });
      toast("Saved");
      navigate(`/monitors/${saved.id}`);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const actions = (
    <Button
      kind="primary"
      disabled={change.isPending || condition?.critical === ""}
      onClick={() => void save()}
    >
      {existing ? "Save" : "Create"}
    </Button>
  );
  return (
    <Page title={existing ? `Edit ${existing.name}` : "New monitor"} crumbs={CRUMBS} time actions={actions}>
      <div style={{ display: "grid", gap: "var(--s-4)", maxWidth: 1100 }}>
        {problem && <Notice state="alert">{problem}</Notice>}
        {condition && (
          <Panel title="Preview" hint={condition.query}>
            <MonitorGraph
              query={condition.query}
              thresholds={thresholds}
              from={range.from}
              to={range.to}
              height={220}
              checked
            />
          </Panel>
        )}
        <Panel title="1. What to watch">
          {condition ? (
            <ConditionForm condition={condition} draft={draft} onChange={setDraft} />
          ) : (
            <Field label="Query">
              <TextArea
                rows={3}
                className="mono"
                value={draft.query}
                onChange={(event) => setDraft({ ...draft, query: event.target.value })}
              />
            </Field>
          )}
        </Panel>
        {condition && (
          <Panel title="2. When to say so">
            <ThresholdForm condition={condition} draft={draft} onChange={setDraft} />
          </Panel>
        )}
        <Panel title="3. What to say, and to whom">
          <MessageForm draft={draft} onChange={setDraft} />
        </Panel>
      </div>
    </Page>
  );
}

interface PartProps {
  draft: MonitorDraft;
  onChange: (draft: MonitorDraft) => void;
}

const WINDOWS = [
  "last_1m",
  "last_5m",
  "last_10m",
  "last_15m",
  "last_30m",
  "last_1h",
  "last_2h",
  "last_4h",
  "last_1d",
];
const AGGREGATORS = [
  { value: "avg", label: "on average" },
  { value: "max", label: "at least once" },
  { value: "min", label: "at all times" },
  { value: "sum", label: "in total" },
];
const COMPARATORS = [
  { value: ">", label: "above" },
  { value: ">=", label: "above or equal to" },
  { value: "<", label: "below" },
  { value: "<=", label: "below or equal to" },
];

function ConditionForm({ condition, draft, onChange }: PartProps & { condition: MetricCondition }) {
  const set = (part: Partial<MetricCondition>) =>
    onChange({ ...draft, query: writeCondition({ ...condition, ...part }) });
  const ask = (query: string) => {
    const next = withQuery(condition, query);
    const thresholds = { ...draft.options.thresholds };
    if (next.critical !== "") thresholds.critical = Number(next.critical);
    onChange({ ...draft, query: writeCondition(next), options: { ...draft.options, thresholds } });
  };
  const windows = WINDOWS.includes(condition.window) ? WINDOWS : [condition.window, ...WINDOWS];
  const aggregators = AGGREGATORS.some((option) => option.value === condition.aggregator)
    ? AGGREGATORS
    : [{ value: condition.aggregator, label: condition.aggregator }, ...AGGREGATORS];
  return (
    <div style={FORM}>
      <Field
        label="Metric query"
        hint="With by {host} at its end, every host is watched and told of by itself."
      >
        <QueryEditor text={condition.query} label="Metric query" onRun={ask} />
      </Field>
      <div style={{ display: "flex", gap: "var(--s-4)", alignItems: "center", flexWrap: "wrap" }}>
        Trigger when the value is
        <Select
          value={condition.comparator}
          options={COMPARATORS}
          onChange={(comparator) => set({ comparator })}
        />
        the threshold
        <Select
          value={condition.aggregator}
          options={aggregators}
          onChange={(aggregator) => set({ aggregator })}
        />
        during the
        <Select
          value={condition.window}
          options={windows.map((value) => ({ value, label: value.replace("_", " ") }))}
          onChange={(window) => set({ window })}
        />
      </div>
    </div>
  );
}

const LEVELS: [keyof Thresholds, string][] = [
  ["critical", "Alert"],
  ["warning", "Warning"],
  ["critical_recovery", "Alert recovery"],
  ["warning_recovery", "Warning recovery"],
];

function ThresholdForm({ condition, draft, onChange }: PartProps & { condition: MetricCondition }) {
  const { options } = draft;
  // A query of another kind brings a threshold of its own into the field, which else keeps what one types.
  const meaning = thresholdMeaning(condition.query);
  const set = (level: keyof Thresholds, text: string) => {
    const thresholds = { ...options.thresholds };
    if (text.trim() === "") delete thresholds[level];
    else thresholds[level] = Number(text);
    const query =
      level === "critical" ? writeCondition({ ...condition, critical: text.trim() }) : draft.query;
    onChange({ ...draft, query, options: { ...options, thresholds } });
  };
  return (
    <div style={FORM}>
      {meaning && <p className="muted">{meaning}</p>}
      <div
        style={{
          display: "grid",
          gap: "var(--s-4)",
          gridTemplateColumns: "repeat(auto-fit, minmax(140px, 1fr))",
        }}
      >
        {LEVELS.map(([level, label]) => (
          <Field
            key={level}
            label={label}
            error={level === "critical" && condition.critical === "" ? "A number is needed." : undefined}
          >
            <Input
              type="number"
              step="any"
              key={level === "critical" ? meaning : undefined}
              defaultValue={level === "critical" ? condition.critical : (options.thresholds?.[level] ?? "")}
              onChange={(event) => set(level, event.target.value)}
            />
          </Field>
        ))}
      </div>
      <div style={{ display: "flex", gap: "var(--s-4)", alignItems: "center" }}>
        <Checkbox
          checked={options.notify_no_data === true}
          onChange={(notify_no_data) =>
            onChange({
              ...draft,
              options: { ...options, notify_no_data, no_data_timeframe: options.no_data_timeframe ?? 10 },
            })
          }
        >
          Tell me when there is no data for
        </Checkbox>
        <Input
          type="number"
          min={1}
          aria-label="Minutes without data"
          style={{ width: 72 }}
          disabled={!options.notify_no_data}
          value={options.no_data_timeframe ?? 10}
          onChange={(event) =>
            onChange({ ...draft, options: { ...options, no_data_timeframe: Number(event.target.value) } })
          }
        />
        minutes
      </div>
    </div>
  );
}

function MessageForm({ draft, onChange }: PartProps) {
  return (
    <div style={FORM}>
      <Field label="Name">
        <Input
          value={draft.name}
          placeholder="CPU is high on {{host.name}}"
          onChange={(event) => onChange({ ...draft, name: event.target.value })}
        />
      </Field>
      <Field
        label="Message"
        hint="Mention people with @ and their address. {{#is_alert}}, {{#is_warning}}, {{#is_no_data}}, {{#is_recovery}} choose by state; {{value}}, {{threshold}}, {{host.name}}, {{host.ip}} are filled in."
      >
        <TextArea
          rows={8}
          className="mono"
          value={draft.message}
          onChange={(event) => onChange({ ...draft, message: event.target.value })}
        />
      </Field>
      <Field label="Tags">
        <Input
          value={draft.tags.join(", ")}
          placeholder="team:web, service:shop"
          onChange={(event) =>
            onChange({
              ...draft,
              tags: event.target.value
                .split(",")
                .map((tag) => tag.trim())
                .filter(Boolean),
            })
          }
        />
      </Field>
    </div>
  );
}
