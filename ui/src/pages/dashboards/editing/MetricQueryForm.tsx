/** A metrics query as a form, or as text; what is written in one is read by the other. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { fetchFunctions, fetchMetadata, metadataKey, useMetricNames, useMetricTags } from "~/api/metrics";
import { Button, Combobox, IconButton, Input, Menu, MenuItem, Select, TagsCombobox } from "~/ui";
import { QueryEditor } from "~/widgets/query/editor";
import css from "./editing.module.css";
import { formatMetricForm, type MetricForm, parseMetricForm, scopeTags, withMetric } from "./metricForm";

interface Props {
  label: string;
  text: string;
  onChange: (text: string) => void;
}

const AGGREGATORS = ["avg", "sum", "min", "max", "count", "p50", "p75", "p90", "p95", "p99"];
const MODIFIERS = ["as_count()", "as_rate()"];

export function MetricQueryForm({ label, text, onChange }: Props) {
  const form = parseMetricForm(text);
  const [asText, setAsText] = useState(false);
  if (asText || !form) {
    return (
      <div className={css.row}>
        <div data-grow>
          <QueryEditor text={text} label={label} onRun={onChange} />
        </div>
        {form && (
          <Button size="small" kind="ghost" onClick={() => setAsText(false)}>
            Form
          </Button>
        )}
      </div>
    );
  }
  return (
    <>
      <Parts label={label} form={form} onChange={(next) => onChange(formatMetricForm(next))} />
      <div className={css.row}>
        <code className="truncate" data-grow>
          {text}
        </code>
        <Button size="small" kind="ghost" onClick={() => setAsText(true)}>
          Text
        </Button>
      </div>
    </>
  );
}

interface PartsProps {
  label: string;
  form: MetricForm;
  onChange: (form: MetricForm) => void;
}

function Parts({ label, form, onChange }: PartsProps) {
  const metrics = useMetricNames();
  const tags = useMetricTags(form.metric);
  const chooseMetric = useMetricChoice(form, onChange);
  const keys = Object.keys(tags.data ?? {});
  const filters = keys.flatMap((key) =>
    (tags.data?.[key] ?? []).slice(0, 20).map((value) => `${key}:${value}`),
  );
  const set = (change: Partial<MetricForm>) => onChange({ ...form, ...change });
  const aggregators = AGGREGATORS.includes(form.aggregator) ? AGGREGATORS : [...AGGREGATORS, form.aggregator];
  const rest = form.modifiers.filter((modifier) => !MODIFIERS.includes(modifier));
  const counted = MODIFIERS.find((modifier) => form.modifiers.includes(modifier)) ?? "";
  return (
    <div className={css.row}>
      <Select
        label="Aggregation"
        value={form.aggregator}
        options={aggregators.map((value) => ({ value, label: value }))}
        onChange={(aggregator) => set({ aggregator })}
      />
      <div data-grow>
        <Combobox
          label={`${label}: metric`}
          value={form.metric}
          options={metrics.data ?? [form.metric]}
          onChange={(metric) => metric && void chooseMetric(metric)}
        />
      </div>
      <span className="muted">from</span>
      <Scope label={label} form={form} filters={filters} set={set} />
      <span className="muted">by</span>
      <TagsCombobox
        label={`${label}: group by`}
        values={form.by}
        options={keys}
        placeholder="everything together"
        accepts={(key) => /^\$?[A-Za-z][\w./-]*$/.test(key)}
        onChange={(by) => set({ by })}
      />
      <Select
        value={counted}
        options={[
          { value: "", label: "as it is" },
          ...MODIFIERS.map((value) => ({ value, label: value.replace("()", "") })),
        ]}
        onChange={(value) => set({ modifiers: [...(value ? [value] : []), ...rest] })}
      />
      <Functions label={label} form={form} onChange={onChange} />
    </div>
  );
}

/** Chooses a metric, with the summary that is usual for its type. */
function useMetricChoice(form: MetricForm, onChange: (form: MetricForm) => void) {
  const client = useQueryClient();
  const latest = useRef(form);
  latest.current = form;
  const typeOf = async (metric: string) => {
    const known = client.ensureQueryData({
      queryKey: metadataKey(metric),
      queryFn: ({ signal }) => fetchMetadata(metric, signal),
    });
    return (await known.catch(() => undefined))?.type ?? undefined;
  };
  return async (metric: string) => {
    const chosen = formatMetricForm({ ...form, metric });
    onChange({ ...form, metric });
    const [before, now] = await Promise.all([typeOf(form.metric), typeOf(metric)]);
    const next = withMetric(form, metric, before, now);
    // What the person changed meanwhile stays.
    if (formatMetricForm(latest.current) === chosen && formatMetricForm(next) !== chosen) onChange(next);
  };
}

interface ScopeProps {
  label: string;
  form: MetricForm;
  filters: string[];
  set: (change: Partial<MetricForm>) => void;
}

/** Tags as chips; a boolean expression as text. */
function Scope({ label, form, filters, set }: ScopeProps) {
  const tags = scopeTags(form.scope);
  if (!tags) {
    return (
      <Input
        aria-label={`${label}: scope`}
        value={form.scope}
        onChange={(event) => set({ scope: event.target.value.replace(/[{}]/g, "") || "*" })}
      />
    );
  }
  return (
    <TagsCombobox
      label={`${label}: scope`}
      values={tags}
      options={filters}
      placeholder="everywhere"
      accepts={(tag) => /^[^{},]+$/.test(tag)}
      onChange={(next) => set({ scope: next.join(",") || "*" })}
    />
  );
}

function Functions({ label, form, onChange }: PartsProps) {
  const known = useQuery({
    queryKey: ["functions"],
    queryFn: fetchFunctions,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const set = (functions: MetricForm["functions"]) => onChange({ ...form, functions });
  return (
    <div className={css.calls}>
      {form.functions.map((call, index) => (
        <span key={`${call.name} ${index}`} className={css.call}>
          {call.name}
          <Input
            aria-label={`${label}: arguments of ${call.name}`}
            value={call.args}
            placeholder="no arguments"
            onChange={(event) =>
              set(
                form.functions.map((old, at) => (at === index ? { ...old, args: event.target.value } : old)),
              )
            }
          />
          <IconButton
            small
            icon="close"
            label={`Remove ${call.name}`}
            onClick={() => set(form.functions.filter((_, at) => at !== index))}
          />
        </span>
      ))}
      <Menu
        trigger={
          <Button size="small" icon="plus">
            Function
          </Button>
        }
      >
        {(known.data ?? []).map((one) => (
          <MenuItem
            key={one.name}
            onSelect={() => set([...form.functions, { name: one.name, args: argumentsOf(one.example) }])}
          >
            {one.name} <span className="muted">{one.category}</span>
          </MenuItem>
        ))}
      </Menu>
    </div>
  );
}

/** The arguments of a function's own example, as a beginning. */
function argumentsOf(example: string): string {
  const form = parseMetricForm(example);
  return form?.functions.at(-1)?.args ?? "";
}
