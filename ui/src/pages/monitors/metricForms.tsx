/** Forms of metric monitors: what is compared, and the thresholds with their unit. */

import { Checkbox, Field, Input, Select } from "~/ui";
import { QueryEditor } from "~/widgets/query/editor";
import type { Thresholds } from "./api";
import { readSearch, type SearchCondition, writeSearch } from "./chain";
import { COMPARATORS, FORM, type PartProps } from "./forms";
import { type MetricCondition, thresholdMeaning, withQuery, writeCondition } from "./query";
import { useMetricUnit } from "./unit";

export const WINDOWS = [
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
export const AGGREGATORS = [
  { value: "avg", label: "average" },
  { value: "max", label: "maximum" },
  { value: "min", label: "minimum" },
  { value: "sum", label: "sum" },
];
export function ConditionForm({ condition, draft, onChange }: PartProps & { condition: MetricCondition }) {
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

interface ThresholdProps extends PartProps {
  critical: string;
  /** The draft's query with another alert threshold. */
  write: (critical: string) => string;
  /** What the threshold means, where it is not a value of the graph. */
  meaning?: string;
  /** The name of the thresholds' unit. */
  unit?: string;
}

/** The name of the unit of what a query compares: `millisecond`, `byte per second`. */
export function useUnitName(query: string): string | undefined {
  const unit = useMetricUnit(query);
  return unit?.[0] ? [unit[0].name, unit[1]?.name].filter(Boolean).join(" per ") : undefined;
}

export function MetricThresholds({ condition, ...part }: PartProps & { condition: MetricCondition }) {
  const unit = useUnitName(condition.query);
  return (
    <ThresholdForm
      critical={condition.critical}
      write={(critical) => writeCondition({ ...condition, critical })}
      meaning={thresholdMeaning(condition.query)}
      unit={unit}
      {...part}
    />
  );
}

export function ThresholdForm({ critical, write, meaning, unit, draft, onChange }: ThresholdProps) {
  const { options } = draft;
  const set = (level: keyof Thresholds, text: string) => {
    const thresholds = { ...options.thresholds };
    if (text.trim() === "") delete thresholds[level];
    else thresholds[level] = Number(text);
    const query = level === "critical" ? write(text.trim()) : draft.query;
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
            label={unit ? `${label} (${unit})` : label}
            error={level === "critical" && critical === "" ? "Enter a number" : undefined}
          >
            <Input
              type="number"
              step="any"
              // A query of another kind brings a threshold of its own into the field, which else keeps what one types.
              key={level === "critical" ? meaning : undefined}
              defaultValue={level === "critical" ? critical : (options.thresholds?.[level] ?? "")}
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

/** Measures that are stored in nanoseconds: a threshold of a second is 1,000,000,000. */
const unitOfSearch = (condition: SearchCondition) =>
  /^@?duration$/.test(condition.measure) && condition.rollup !== "cardinality" ? "nanosecond" : undefined;

export function SearchThresholds({ draft, onChange }: PartProps) {
  const condition = readSearch(draft.query);
  if (!condition) return null;
  return (
    <ThresholdForm
      critical={condition.critical}
      write={(critical) => writeSearch({ ...condition, critical })}
      unit={unitOfSearch(condition)}
      draft={draft}
      onChange={onChange}
    />
  );
}
