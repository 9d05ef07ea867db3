/** The form of SLO alerts: a consumed error budget, or a burn rate over two windows. */

import { useQuery } from "@tanstack/react-query";
import { request } from "~/api/client";
import { Button, Combobox, Field, Input, Notice, Segments, Select } from "~/ui";
import { FORM, LINE, type PartProps, SourceForm } from "./forms";
import {
  largestBurnRate,
  readSloAlert,
  type SloCondition,
  shortOf,
  usualBurnRates,
  writeSloAlert,
} from "./sloAlert";

interface Found {
  id: string;
  name: string;
  thresholds: { timeframe: string; target: number }[];
}

const KINDS = [
  { value: "burn_rate", label: "Burn Rate" },
  { value: "error_budget", label: "Error Budget" },
];
const LONG = ["1h", "2h", "3h", "6h", "12h", "24h", "48h"];

export function SloForm({ draft, onChange }: PartProps) {
  const slos = useQuery({
    queryKey: ["slos-to-alert"],
    queryFn: ({ signal }) =>
      request<{ data: Found[] }>("GET", "/api/v1/slo", { query: { limit: 1000 }, signal }),
  });
  const condition = readSloAlert(draft.query);
  if (!condition) return <SourceForm draft={draft} onChange={onChange} />;
  const known = slos.data?.data ?? [];
  const slo = known.find((one) => one.id === condition.slo);
  const set = (part: Partial<SloCondition>) => {
    const next = { ...condition, ...part };
    const critical = Number(next.critical);
    const thresholds = next.critical === "" ? {} : { ...draft.options.thresholds, critical };
    onChange({ ...draft, query: writeSloAlert(next), options: { ...draft.options, thresholds } });
  };
  /** What was the usual burn rate of one time window becomes that of the other. */
  const chooseFrame = (timeframe: string, part: Partial<SloCondition> = {}) => {
    const untouched =
      condition.kind === "burn_rate" &&
      Number(condition.critical) === usualRate(daysOf(condition.timeframe), condition.long);
    const critical = untouched ? String(usualRate(daysOf(timeframe), condition.long)) : condition.critical;
    set({ ...part, timeframe, critical });
  };
  const choose = (label: string | null) => {
    const found = known.find((one) => labelOf(one) === label);
    if (!found) return;
    const same = found.thresholds.some((one) => one.timeframe === condition.timeframe);
    chooseFrame(same ? condition.timeframe : (found.thresholds[0]?.timeframe ?? "7d"), { slo: found.id });
  };
  const target = slo?.thresholds.find((one) => one.timeframe === condition.timeframe)?.target;
  const burning = condition.kind === "burn_rate";
  const days = daysOf(condition.timeframe);
  const frames = slo?.thresholds.map((one) => one.timeframe) ?? [condition.timeframe];
  const largest = target === undefined ? undefined : largestBurnRate(target);
  const problem =
    burning && largest !== undefined && Number(condition.critical) > largest
      ? `With a target of ${target}% no burn rate is more than ${Number(largest.toPrecision(4))}.`
      : undefined;
  return (
    <div style={FORM}>
      <Segments
        label="Alert on"
        value={condition.kind}
        onChange={(kind) =>
          set({ kind, critical: kind === "burn_rate" ? String(usualRate(days, condition.long)) : "75" })
        }
        options={KINDS}
      />
      <Field label="SLO" error={slos.data && condition.slo && !slo ? "There is no such SLO" : undefined}>
        {known.length === 0 && slos.data ? (
          <Notice>
            <span>
              There is no SLO yet: <a href="/slo/new">make one</a>.
            </span>
          </Notice>
        ) : (
          <Combobox
            key={slo?.id ?? "none"}
            label="SLO"
            value={slo ? labelOf(slo) : null}
            options={known.map(labelOf)}
            onChange={choose}
            placeholder="Choose an SLO"
          />
        )}
      </Field>
      <div style={LINE}>
        Over the past
        <Select
          label="Time window"
          value={condition.timeframe}
          options={frames.map((value) => ({ value, label: value }))}
          onChange={(timeframe) => chooseFrame(timeframe)}
        />
        {target !== undefined && <span className="muted">(target {target}%)</span>}
        {burning ? "alert when the burn rate is above" : "alert when of the error budget more than"}
        <Input
          type="number"
          step="any"
          min={0}
          aria-label="Alert threshold"
          style={{ width: 100 }}
          key={`${condition.kind} ${condition.timeframe} ${condition.long}`}
          defaultValue={condition.critical}
          onChange={(event) => set({ critical: event.target.value.trim() })}
        />
        {burning ? "over both the last" : "% is consumed"}
        {burning && (
          <>
            <Select
              label="Long window"
              value={condition.long}
              options={(LONG.includes(condition.long) ? LONG : [condition.long, ...LONG]).map((value) => ({
                value,
                label: value,
              }))}
              onChange={(long) => set({ long, short: shortOf(long) })}
            />
            and the last
            <Input
              className="mono"
              aria-label="Short window"
              style={{ width: 80 }}
              value={condition.short}
              onChange={(event) => set({ short: event.target.value.trim() })}
            />
          </>
        )}
      </div>
      {problem && <Notice state="warn">{problem}</Notice>}
      {burning && (
        <div style={LINE}>
          <span className="muted">Usual alerts:</span>
          {usualBurnRates(days).map(({ long, share, rate }) => (
            <Button
              key={long}
              size="small"
              onClick={() => set({ long, short: shortOf(long), critical: String(rate) })}
            >
              {`${rate} over ${long} (${share * 100}% of the budget)`}
            </Button>
          ))}
        </div>
      )}
    </div>
  );
}

const daysOf = (timeframe: string) => Number.parseInt(timeframe, 10) || 7;

/** The usual burn rate of an alert over the long window, else over the shortest one. */
function usualRate(days: number, long: string): number {
  const usual = usualBurnRates(days);
  return (usual.find((one) => one.long === long) ?? usual[0]!).rate;
}

const labelOf = (slo: Found) => `${slo.name} (${slo.id.slice(0, 6)})`;
