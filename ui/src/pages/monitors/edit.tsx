/** Making and changing a monitor, with the graph and its thresholds drawn while one types. */

import { type ReactNode, useMemo, useState } from "react";
import { useLocation, useParams } from "wouter";
import { useDraftGuard } from "~/shell/leaving";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlState } from "~/shell/url";
import { Async, Button, Menu, MenuItem, Notice, Panel, Segments, toast } from "~/ui";
import { type Monitor, type MonitorDraft, useMonitor, useMonitorChange } from "./api";
import { BacktestPanel } from "./backtest";
import { readSearch } from "./chain";
import { readChange } from "./change";
import { ChangeForm, ChangeThresholds } from "./changeForm";
import { CompositeForm } from "./compositeForm";
import { DetectionForm } from "./detectionForm";
import { exportMonitors } from "./export";
import { CheckForm, type PartProps, SearchForm, SourceForm } from "./forms";
import { MonitorGraph } from "./graph";
import { hasPast, KINDS, kindOf, startOf } from "./kinds";
import { MessageForm } from "./messageForm";
import { ConditionForm, MetricThresholds, SearchThresholds } from "./metricForms";
import { ProcessForm } from "./processForm";
import { allThresholds, type MetricCondition, readCondition } from "./query";
import { SloForm } from "./sloForm";

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
  const leave = useDraftGuard(draft);
  const change = useMonitorChange();
  const condition = useMemo(() => readCondition(draft.query), [draft.query]);
  const [source, setSource] = useState(false);
  const kind = kindOf(draft.type, draft.query);
  const choose = (value: string) => {
    const kindOfValue = KINDS.find((one) => one.value === value);
    if (!kindOfValue) return;
    const found = startOf(kindOfValue, draft);
    const message = value === "metric" ? NEW.message : draft.message === NEW.message ? "" : draft.message;
    setDraft({ ...draft, type: found.type, query: found.query, options: found.options, message });
  };
  const given = draft.options.thresholds;
  const thresholds = useMemo(() => allThresholds(draft.query, given), [draft.query, given]);
  const previewed = condition?.query ?? readChange(draft.query)?.query;
  const limits = source ? null : thresholdsOf(kind, { draft, onChange: setDraft, condition });
  const save = async () => {
    const path = existing ? `/api/v1/monitor/${existing.id}` : "/api/v1/monitor";
    const { name, type, query, message, tags, options, priority } = draft;
    try {
      const body = { name, type, query, message, tags, options, priority };
      const saved = await change.mutateAsync({ method: existing ? "PUT" : "POST", path, body });
      toast("Saved");
      leave();
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
        disabled={change.isPending || !draft.query.trim() || (!source && condition?.critical === "")}
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
      form={!existing}
      time
      actions={actions}
    >
      <div style={{ display: "grid", gap: "var(--s-4)", maxWidth: 1100 }}>
        {problem && <Notice state="alert">{problem}</Notice>}
        {previewed && (
          <Panel title="Preview" hint={previewed}>
            <MonitorGraph
              query={previewed}
              thresholds={condition ? thresholds : NO_LINES}
              from={range.from}
              to={range.to}
              height={220}
              checked
            />
          </Panel>
        )}
        <Panel
          title={`1. ${TITLES[kind] ?? "Define the query"}`}
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
        {limits && <Panel title="2. Set alert conditions">{limits}</Panel>}
        {hasPast(draft.type, draft.query) && !draft.query.includes('("").over') && (
          <BacktestPanel draft={draft} from={range.from} to={range.to} />
        )}
        <Panel title={`${limits ? 3 : 2}. Configure notifications`}>
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
  if (kind && condition && DETECTED.includes(kind)) return <DetectionForm condition={condition} {...part} />;
  if (kind && condition) return <ConditionForm condition={condition} {...part} />;
  if (SEARCHED.includes(kind)) return <SearchForm key={kind} {...part} />;
  const Own = FORMS[kind] ?? SourceForm;
  return <Own {...part} />;
}

const DETECTED = ["anomaly", "outlier", "forecast"];
const SEARCHED = ["logs", "apm", "errors", "events"];
const FORMS: Record<string, (props: PartProps) => ReactNode> = {
  change: ChangeForm,
  check: CheckForm,
  host: CheckForm,
  composite: CompositeForm,
  process: ProcessForm,
  slo: SloForm,
};
/** Thresholds of a change are no values of the graph of what changes. */
const NO_LINES = {};
const TITLES: Record<string, string> = {
  metric: "Define the metric",
  change: "Define the metric",
  anomaly: "Define the metric",
  outlier: "Define the metric",
  forecast: "Define the metric",
  logs: "Define the search query",
  apm: "Define the search query",
  errors: "Define the search query",
  events: "Define the search query",
  check: "Pick a service check",
  host: "Pick hosts",
  process: "Define the search query",
  composite: "Choose monitors and the trigger condition",
  slo: "Choose an SLO",
};

/** The thresholds of the kind; none where its form holds them, or is the source text. */
function thresholdsOf(kind: string, { condition, ...part }: Omit<DefinitionProps, "kind">): ReactNode {
  if (condition) return <MetricThresholds condition={condition} {...part} />;
  if (kind === "change" && readChange(part.draft.query)) return <ChangeThresholds {...part} />;
  if (SEARCHED.includes(kind) && readSearch(part.draft.query))
    return <SearchThresholds key={kind} {...part} />;
  return null;
}
