/** Forms of anomaly, outlier and forecast monitors. */

import { Field, Input, Select } from "~/ui";
import { QueryEditor } from "~/widgets/query/editor";
import { ALGORITHMS, type Detection, readDetection, writeDetection } from "./detection";
import { COMPARATORS, FORM, LINE, type PartProps, withCurrent } from "./forms";
import { AGGREGATORS, ConditionForm, WINDOWS } from "./metricForms";
import { type MetricCondition, writeCondition } from "./query";

const DIRECTIONS = [
  { value: "", label: "above or below" },
  { value: "above", label: "above" },
  { value: "below", label: "below" },
];
const SEASONS = [
  { value: "", label: "none given" },
  { value: "hourly", label: "hourly" },
  { value: "daily", label: "daily" },
  { value: "weekly", label: "weekly" },
];
const TRIGGERS = ["last_5m", "last_10m", "last_15m", "last_30m", "last_1h", "last_2h"];
const AHEAD = ["next_12h", "next_1d", "next_2d", "next_1w", "next_2w", "next_1mo"];
const TOLERANCES: Record<string, string> = {
  anomalies: "Deviations of the band",
  outliers: "Tolerance",
  forecast: "Deviations of the band",
};

/** Algorithms of anomalies that know no season. */
const SEASONLESS = ["basic", "auto"];

export function DetectionForm({ condition, ...part }: PartProps & { condition: MetricCondition }) {
  const { draft, onChange } = part;
  const found = readDetection(condition.query);
  if (!found) return <ConditionForm condition={condition} {...part} />;
  const write = (next: MetricCondition) => onChange({ ...draft, query: writeCondition(next) });
  const set = (change: Partial<Detection>) =>
    write({ ...condition, query: writeDetection({ ...found, ...change }) });
  const keyword = (name: string, value: string) => set({ keywords: { ...found.keywords, [name]: value } });
  const algorithms = withCurrent(ALGORITHMS[found.name] ?? [], found.algorithm);
  const windows = found.name === "forecast" ? AHEAD : WINDOWS;
  return (
    <div style={FORM}>
      <Field
        label="Metric query"
        hint={found.name === "outliers" ? "by {host}, so that there are others to compare with." : undefined}
      >
        <QueryEditor text={found.query} label="Metric query" onRun={(query) => set({ query })} />
      </Field>
      <div style={LINE}>
        <Select
          label="Algorithm"
          value={found.algorithm}
          options={algorithms}
          onChange={(algorithm) => set({ algorithm, keywords: withoutSeason(found, algorithm) })}
        />
        {TOLERANCES[found.name]}
        <Input
          type="number"
          min={0.1}
          step="any"
          aria-label={TOLERANCES[found.name]}
          style={{ width: 80 }}
          defaultValue={found.tolerance}
          onChange={(event) => event.target.value && set({ tolerance: event.target.value })}
        />
        {found.name === "anomalies" && !SEASONLESS.includes(found.algorithm) && (
          <Select
            label="Seasonality"
            value={found.keywords.seasonality ?? ""}
            options={SEASONS}
            onChange={(value) => keyword("seasonality", value)}
          />
        )}
      </div>
      {found.name === "anomalies" && found.algorithm === "auto" && (
        <p className="muted" style={{ margin: 0 }}>
          Learns from the last 4,032 buckets what this metric does. The value that is compared is how near the
          oddest point of the trigger window comes to an alert, 1 being one at 2 deviations.
        </p>
      )}
      <div style={LINE}>
        {found.name === "anomalies" && (
          <>
            Trigger when values are
            <Select
              label="Direction"
              value={directionOf(found)}
              options={DIRECTIONS}
              onChange={(value) => keyword("direction", value)}
            />
            the band for the
            <Window which="trigger_window" {...part} />
            and recover after the
            <Window which="recovery_window" {...part} />
            within the band, judged over the
          </>
        )}
        {found.name === "outliers" && <>Trigger when a series differs from the others during the</>}
        {found.name === "forecast" && (
          <>
            Trigger when the
            <Select
              value={condition.aggregator}
              options={withLabels(condition.aggregator)}
              onChange={(aggregator) => write({ ...condition, aggregator })}
            />
            of the edge of the band will be
            <Select
              value={condition.comparator}
              options={COMPARATORS}
              onChange={(comparator) => write({ ...condition, comparator })}
            />
            the threshold within the
          </>
        )}
        <Select
          label="Window"
          value={condition.window}
          options={withCurrent(windows, condition.window).map(({ value }) => ({
            value,
            label: value.replace("_", " "),
          }))}
          onChange={(window) => write({ ...condition, window })}
        />
      </div>
    </div>
  );
}

const withoutSeason = (found: Detection, algorithm: string) =>
  SEASONLESS.includes(algorithm) ? { ...found.keywords, seasonality: "" } : found.keywords;

const directionOf = (found: Detection) => {
  const given = found.keywords.direction ?? "";
  return given === "both" ? "" : given;
};

const withLabels = (current: string) =>
  AGGREGATORS.some((one) => one.value === current)
    ? AGGREGATORS
    : [{ value: current, label: current }, ...AGGREGATORS];

/** How long it has to be so, which is an option of the monitor. */
function Window({ which, draft, onChange }: PartProps & { which: "trigger_window" | "recovery_window" }) {
  const windows = draft.options.threshold_windows ?? {};
  const value = windows[which] ?? "last_15m";
  const set = (chosen: string) =>
    onChange({
      ...draft,
      options: {
        ...draft.options,
        threshold_windows: {
          trigger_window: windows.trigger_window ?? "last_15m",
          recovery_window: windows.recovery_window ?? "last_15m",
          [which]: chosen,
        },
      },
    });
  return (
    <Select
      label={which === "trigger_window" ? "Trigger window" : "Recovery window"}
      value={value}
      options={withCurrent(TRIGGERS, value).map((one) => ({
        value: one.value,
        label: one.value.replace("_", " "),
      }))}
      onChange={set}
    />
  );
}
