/** Making and changing a monitor, with the graph and its thresholds drawn while one types. */

import { useMemo, useState } from "react";
import { useLocation, useParams } from "wouter";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlState } from "~/shell/url";
import {
  Async,
  Button,
  Checkbox,
  Field,
  Input,
  Menu,
  MenuItem,
  Notice,
  Panel,
  Segments,
  Select,
  toast,
} from "~/ui";
import { QueryEditor } from "~/widgets/query/editor";
import { type Monitor, type MonitorDraft, type Thresholds, useMonitor, useMonitorChange } from "./api";
import { BacktestPanel } from "./backtest";
import { exportMonitors } from "./export";
import { CheckForm, COMPARATORS, FORM, type PartProps, SearchForm, SourceForm } from "./forms";
import { MonitorGraph } from "./graph";
import { KINDS, kindOf } from "./kinds";
import { ProcessForm } from "./processForm";
import { type MetricCondition, readCondition, thresholdMeaning, withQuery, writeCondition } from "./query";
import { MessageInput, RecipientSummary } from "./recipients";
import { useMetricUnit } from "./unit";

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
  const [type] = useUrlState("type");
  const [name] = useUrlState("name");
  const [clone] = useUrlState("clone");
  if (clone) return <Cloned id={clone} />;
  if (!query) return <Form draft={NEW} />;
  const message = type && type !== NEW.type ? "" : NEW.message;
  const options = { ...NEW.options, thresholds: {} };
  return <Form draft={{ ...NEW, query, message, options, name: name || "", type: type || NEW.type }} />;
}

export default function EditMonitor() {
  const { id } = useParams<{ id: string }>();
  if (!id) return <CreateMonitor />;
  return <Existing id={id} />;
}

/** A new monitor with everything of another but its mutes. */
function Cloned({ id }: { id: string }) {
  const query = useMonitor(id);
  if (!query.data) {
    return (
      <Page title="New monitor" crumbs={CRUMBS}>
        <Async query={query}>{() => null}</Async>
      </Page>
    );
  }
  const { name, type, query: text, message, tags, options, priority } = query.data;
  const { silenced: _, ...kept } = options;
  return (
    <Form draft={{ name: `${name} (copy)`, type, query: text, message, tags, options: kept, priority }} />
  );
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
  const [source, setSource] = useState(false);
  const kind = kindOf(draft.type, draft.query);
  const choose = (value: string) => {
    const found = KINDS.find((one) => one.value === value);
    if (!found) return;
    const message = value === "metric" ? NEW.message : draft.message === NEW.message ? "" : draft.message;
    setDraft({ ...draft, type: found.type, query: found.query, options: found.options, message });
  };
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
    <>
      <Menu align="end" trigger={<Button>Export</Button>}>
        <MenuItem onSelect={() => void exportMonitors({ monitor: draft }, "json")}>JSON</MenuItem>
        <MenuItem onSelect={() => void exportMonitors({ monitor: draft }, "terraform")}>Terraform</MenuItem>
      </Menu>
      <Button
        kind="primary"
        disabled={change.isPending || (!source && condition?.critical === "")}
        onClick={() => void save()}
      >
        {existing ? "Save" : "Create"}
      </Button>
    </>
  );
  return (
    <Page
      title={existing ? `Edit ${existing.name.replaceAll("**", "")}` : "New monitor"}
      crumbs={CRUMBS}
      time
      actions={actions}
    >
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
        <Panel
          title="1. Define the metric"
          actions={
            <Button onClick={() => setSource(!source)}>{source ? "Use the form" : "Edit source"}</Button>
          }
        >
          {!existing && (
            <div style={{ padding: "0 var(--s-5) var(--s-3)" }}>
              <Segments
                label="Kind of monitor"
                value={kind}
                onChange={choose}
                options={KINDS.map(({ value, label }) => ({ value, label }))}
              />
            </div>
          )}
          <Definition draft={draft} onChange={setDraft} kind={source ? "" : kind} condition={condition} />
        </Panel>
        {condition && !source && (
          <Panel title="2. Set alert conditions">
            <ThresholdForm condition={condition} draft={draft} onChange={setDraft} />
          </Panel>
        )}
        {kind !== "check" && kind !== "composite" && (
          <BacktestPanel draft={draft} from={range.from} to={range.to} />
        )}
        <Panel title={condition && !source ? "3. Configure notifications" : "2. Configure notifications"}>
          <MessageForm draft={draft} onChange={setDraft} />
        </Panel>
      </div>
    </Page>
  );
}

interface DefinitionProps extends PartProps {
  kind: string;
  condition: MetricCondition | null;
}

/** The form of the kind, or the source text where it has none or is asked for. */
function Definition({ kind, condition, ...part }: DefinitionProps) {
  if (kind && condition) return <ConditionForm condition={condition} {...part} />;
  if (["logs", "apm", "events"].includes(kind)) return <SearchForm key={kind} {...part} />;
  if (kind === "process") return <ProcessForm {...part} />;
  if (kind === "check") return <CheckForm {...part} />;
  return <SourceForm {...part} />;
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
  { value: "avg", label: "average" },
  { value: "max", label: "maximum" },
  { value: "min", label: "minimum" },
  { value: "sum", label: "sum" },
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
        hint="by {host} at its end makes it a Multi Alert: one notification per group."
      >
        <QueryEditor text={condition.query} label="Metric query" onRun={ask} />
      </Field>
      <div style={{ display: "flex", gap: "var(--s-4)", alignItems: "center", flexWrap: "wrap" }}>
        Trigger when the
        <Select
          value={condition.aggregator}
          options={aggregators}
          onChange={(aggregator) => set({ aggregator })}
        />
        is
        <Select
          value={condition.comparator}
          options={COMPARATORS}
          onChange={(comparator) => set({ comparator })}
        />
        the threshold during the
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
  const unit = useMetricUnit(condition.query);
  const unitName = unit?.[0] && [unit[0].name, unit[1]?.name].filter(Boolean).join(" per ");
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
            label={unitName ? `${label} (${unitName})` : label}
            error={level === "critical" && condition.critical === "" ? "Enter a number" : undefined}
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
          Notify if data is missing for more than
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

const PRIORITIES = [
  { value: "", label: "None" },
  ...[1, 2, 3, 4, 5].map((level) => ({ value: String(level), label: `P${level}` })),
];

const AGAIN = [
  { value: "", label: "Never" },
  { value: "10", label: "Every 10 minutes" },
  { value: "30", label: "Every 30 minutes" },
  { value: "60", label: "Every hour" },
  { value: "240", label: "Every 4 hours" },
  { value: "1440", label: "Every day" },
];

/** Reminders while a group stays unwell, and what they say beside the message. */
function RenotifyForm({ draft, onChange }: PartProps) {
  const { options } = draft;
  const every = options.renotify_interval ? String(options.renotify_interval) : "";
  const set = (part: MonitorDraft["options"]) => onChange({ ...draft, options: { ...options, ...part } });
  const known = AGAIN.some((one) => one.value === every);
  return (
    <>
      <div>
        <Select
          label="Renotify"
          value={every}
          options={known ? AGAIN : [...AGAIN, { value: every, label: `Every ${every} minutes` }]}
          onChange={(text) => set({ renotify_interval: text ? Number(text) : null })}
        />
      </div>
      {every && (
        <Field label="Escalation message" hint="Added to reminders, with further recipients.">
          <MessageInput
            label="Escalation message"
            rows={2}
            value={String(options.escalation_message ?? "")}
            onChange={(escalation_message) => set({ escalation_message })}
          />
        </Field>
      )}
    </>
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
        <MessageInput
          label="Message"
          value={draft.message}
          onChange={(message) => onChange({ ...draft, message })}
        />
      </Field>
      <RecipientSummary
        message={draft.message}
        escalation={String(draft.options.escalation_message ?? "")}
        tags={draft.tags}
      />
      <RenotifyForm draft={draft} onChange={onChange} />
      <div>
        <Select
          label="Priority"
          value={draft.priority ? String(draft.priority) : ""}
          options={PRIORITIES}
          onChange={(priority) => onChange({ ...draft, priority: priority ? Number(priority) : null })}
        />
      </div>
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
