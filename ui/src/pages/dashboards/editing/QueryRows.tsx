/** Queries of any source and the formulas over them. */
import { Button, IconButton, Input, Menu, MenuItem, Select } from "~/ui";
import { FormulaInput } from "~/widgets/query/formula";
import type { WidgetFormula, WidgetQuery, WidgetRequest } from "~/widgets/types";
import { EventQueryForm } from "./EventQueryForm";
import css from "./editing.module.css";
import { newQuery } from "./eventQuery";
import { MetricQueryForm } from "./MetricQueryForm";
import { ThingPicker } from "./ThingPicker";

interface Props {
  request: WidgetRequest;
  /** Whether the widget shows one number a group, so that each query needs a reducer. */
  scalar: boolean;
  onChange: (request: WidgetRequest) => void;
}

const SOURCES: Record<string, string> = {
  metrics: "Metrics",
  logs: "Logs",
  spans: "Spans",
  events: "Events",
  apm_resource_stats: "Trace statistics",
  slo: "SLO",
};
const REDUCERS = ["avg", "sum", "min", "max", "last"].map((value) => ({ value, label: value }));
const STATS = [
  "hits",
  "errors",
  "error_rate",
  "latency_avg",
  "latency_p50",
  "latency_p75",
  "latency_p90",
  "latency_p95",
  "latency_p99",
  "latency_max",
];
const MEASURES = [
  "slo_status",
  "error_budget_remaining",
  "error_budget_burndown",
  "burn_rate",
  "good_events",
  "bad_events",
  "good_minutes",
  "bad_minutes",
];
const GROUP_MODES = ["overall", "components"];

export function QueryRows({ request, scalar, onChange }: Props) {
  const queries = request.queries ?? [];
  const formulas = request.formulas ?? [];
  const set = (change: Partial<WidgetRequest>) => onChange({ ...request, ...change });
  const edit = (index: number, next: WidgetQuery) =>
    set({ queries: queries.map((query, at) => (at === index ? next : query)) });
  const add = (source: string) => {
    const name = freeName(queries);
    set({
      queries: [...queries, newQuery(source, name, scalar)],
      formulas: [...formulas, { formula: name }],
    });
  };
  const remove = (query: WidgetQuery) =>
    set({
      queries: queries.filter((one) => one !== query),
      formulas: formulas.filter((entry) => !new RegExp(`\\b${query.name}\\b`).test(entry.formula)),
    });
  return (
    <>
      {queries.map((query, index) => (
        <div key={query.name} className={css.query}>
          <div className={css.row}>
            <code>{query.name}</code>
            <Select
              label="Source"
              value={query.data_source}
              options={sourcesWith(query.data_source)}
              onChange={(source) => edit(index, newQuery(source, query.name, scalar))}
            />
            {scalar && query.data_source === "metrics" && (
              <Select
                label="Reduce by"
                value={query.aggregator ?? "avg"}
                options={REDUCERS}
                onChange={(aggregator) => edit(index, { ...query, aggregator })}
              />
            )}
            <span data-grow />
            {queries.length > 1 && (
              <IconButton icon="trash" label={`Remove ${query.name}`} onClick={() => remove(query)} />
            )}
          </div>
          <OneQuery query={query} onChange={(next) => edit(index, next)} />
        </div>
      ))}
      {formulas.map((formula, index) => (
        <FormulaRow
          key={index}
          index={index}
          formula={formula}
          names={queries.map((query) => query.name)}
          scalar={scalar}
          onChange={(next) => set({ formulas: formulas.map((old, at) => (at === index ? next : old)) })}
          onRemove={
            formulas.length > 1
              ? () => set({ formulas: formulas.filter((_, at) => at !== index) })
              : undefined
          }
        />
      ))}
      <div className={css.row}>
        <Menu
          trigger={
            <Button size="small" icon="plus">
              Add query
            </Button>
          }
        >
          {Object.entries(SOURCES).map(([source, label]) => (
            <MenuItem key={source} onSelect={() => add(source)}>
              {label}
            </MenuItem>
          ))}
        </Menu>
        <Button
          size="small"
          icon="plus"
          onClick={() => set({ formulas: [...formulas, { formula: queries[0]?.name ?? "" }] })}
        >
          Add formula
        </Button>
      </div>
    </>
  );
}

function freeName(queries: readonly WidgetQuery[]): string {
  let number = queries.length + 1;
  while (queries.some((query) => query.name === `query${number}`)) number++;
  return `query${number}`;
}

/** The sources to choose from, also one that is in the definition alone. */
function sourcesWith(source: string) {
  const known = Object.entries(SOURCES).map(([value, label]) => ({ value, label }));
  return source in SOURCES ? known : [...known, { value: source, label: source }];
}

function OneQuery({ query, onChange }: { query: WidgetQuery; onChange: (query: WidgetQuery) => void }) {
  const text = (name: string) => (typeof query[name] === "string" ? (query[name] as string) : "");
  const field = (name: string, label: string) => (
    <Input
      aria-label={`${label} of ${query.name}`}
      placeholder={label}
      value={text(name)}
      onChange={(event) => onChange({ ...query, [name]: event.target.value })}
    />
  );
  const choice = (name: string, label: string, options: readonly string[]) => (
    <Select
      label={label}
      value={text(name) || options[0]!}
      options={options.map((value) => ({ value, label: value.replaceAll("_", " ") }))}
      onChange={(value) => onChange({ ...query, [name]: value })}
    />
  );
  if (query.query !== undefined) {
    return (
      <MetricQueryForm
        label={`Query ${query.name}`}
        text={query.query}
        onChange={(next) => onChange({ ...query, query: next })}
      />
    );
  }
  if (query.data_source === "apm_resource_stats") {
    return (
      <div className={css.row}>
        {field("service", "Service")}
        {field("env", "Environment")}
        {field("operation_name", "Operation")}
        {choice("stat", "Stat", STATS)}
        <Input
          aria-label={`Group by of ${query.name}`}
          placeholder="Group by"
          value={((query.group_by as string[] | undefined) ?? []).join(",")}
          onChange={(event) =>
            onChange({ ...query, group_by: event.target.value.split(",").filter(Boolean) })
          }
        />
      </div>
    );
  }
  if (query.data_source === "slo") {
    return (
      <div className={css.row}>
        <div data-grow>
          <ThingPicker
            kind="slo"
            label={`SLO of ${query.name}`}
            value={String(query.slo_id ?? "")}
            onChange={(slo_id) => onChange({ ...query, slo_id })}
          />
        </div>
        {choice("measure", "Measure", MEASURES)}
        {choice("group_mode", "Groups", GROUP_MODES)}
        {field("additional_query_filters", "Filters")}
      </div>
    );
  }
  return <EventQueryForm query={query} onChange={onChange} />;
}

interface FormulaProps {
  index: number;
  formula: WidgetFormula;
  names: string[];
  scalar: boolean;
  onChange: (formula: WidgetFormula) => void;
  onRemove?: () => void;
}

function FormulaRow({ index, formula, names, scalar, onChange, onRemove }: FormulaProps) {
  const unit = formula.number_format?.unit;
  const place = index === 0 ? "" : ` ${index + 1}`;
  return (
    <div className={css.row}>
      <span className="muted">=</span>
      <div data-grow>
        <FormulaInput
          label={`Formula${place}`}
          value={formula.formula}
          names={names}
          onRun={(text) => onChange({ ...formula, formula: text })}
        />
      </div>
      <Input
        aria-label={`Alias${place}`}
        placeholder="Alias"
        value={formula.alias ?? ""}
        onChange={(event) => onChange({ ...formula, alias: event.target.value || undefined })}
      />
      <Input
        aria-label={`Unit${place}`}
        placeholder="Unit"
        style={{ width: 110 }}
        value={unit?.unit_name ?? unit?.label ?? ""}
        onChange={(event) => onChange(withUnit(formula, event.target.value))}
      />
      {scalar && (
        <Input
          type="number"
          min={1}
          aria-label={`Limit${place}`}
          placeholder="Limit"
          style={{ width: 84 }}
          value={formula.limit?.count ?? ""}
          onChange={(event) => {
            const count = Number(event.target.value);
            onChange({
              ...formula,
              limit: count > 0 ? { order: "desc", ...formula.limit, count } : undefined,
            });
          }}
        />
      )}
      {onRemove && <IconButton icon="trash" label={`Remove formula ${index + 1}`} onClick={onRemove} />}
    </div>
  );
}

/** Words with a capital or a blank are labels; others are names of units. */
function withUnit(formula: WidgetFormula, text: string): WidgetFormula {
  if (text === "") {
    const { number_format: _, ...rest } = formula;
    return rest;
  }
  const unit = /^[a-z_]+$/.test(text)
    ? { type: "canonical_unit", unit_name: text }
    : { type: "custom_unit_label", label: text.slice(0, 12) };
  return { ...formula, number_format: { ...formula.number_format, unit } };
}
