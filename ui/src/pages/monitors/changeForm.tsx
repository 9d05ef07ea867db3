/** The form of change monitors: a value beside the one some time before. */

import { Field, Select } from "~/ui";
import { QueryEditor } from "~/widgets/query/editor";
import { type ChangeCondition, readChange, writeChange } from "./change";
import { COMPARATORS, FORM, LINE, type PartProps, SourceForm, withCurrent } from "./forms";
import { AGGREGATORS, ThresholdForm, useUnitName, WINDOWS } from "./metricForms";

const SHIFTS = ["last_5m", "last_10m", "last_15m", "last_30m", "last_1h", "last_4h", "last_1d", "last_1w"];
const KINDS = [
  { value: "change", label: "change" },
  { value: "pct_change", label: "% change" },
];
const named = (windows: readonly string[], current: string, prefix: string) =>
  withCurrent(windows, current).map(({ value }) => ({ value, label: value.replace("last_", prefix) }));

export function ChangeForm({ draft, onChange }: PartProps) {
  const condition = readChange(draft.query);
  if (!condition) return <SourceForm draft={draft} onChange={onChange} />;
  const set = (part: Partial<ChangeCondition>) =>
    onChange({ ...draft, query: writeChange({ ...condition, ...part }) });
  return (
    <div style={FORM}>
      <Field
        label="Metric query"
        hint="by {host} at its end makes it a Multi Alert: one notification per group."
      >
        <QueryEditor text={condition.query} label="Metric query" onRun={(query) => set({ query })} />
      </Field>
      <div style={LINE}>
        Trigger when the
        <Select
          value={condition.aggregator}
          options={AGGREGATORS}
          onChange={(aggregator) => set({ aggregator })}
        />
        of the
        <Select value={condition.kind} options={KINDS} onChange={(kind) => set({ kind })} />
        over the
        <Select
          value={condition.window}
          options={named(WINDOWS, condition.window, "last ")}
          onChange={(window) => set({ window })}
        />
        compared with
        <Select
          value={condition.shift}
          options={named(SHIFTS, condition.shift, "")}
          onChange={(shift) => set({ shift })}
        />
        before is
        <Select
          value={condition.comparator}
          options={COMPARATORS}
          onChange={(comparator) => set({ comparator })}
        />
        the threshold
      </div>
    </div>
  );
}

export function ChangeThresholds({ draft, onChange }: PartProps) {
  const condition = readChange(draft.query);
  const unit = useUnitName(condition?.query ?? "");
  if (!condition) return null;
  const percent = condition.kind === "pct_change";
  return (
    <ThresholdForm
      critical={condition.critical}
      write={(critical) => writeChange({ ...condition, critical })}
      unit={percent ? "%" : unit}
      draft={draft}
      onChange={onChange}
    />
  );
}
