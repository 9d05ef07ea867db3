/** Form of live process monitors. */

import { Field, Input, Select } from "~/ui";
import type { Thresholds } from "./api";
import { type ProcessCondition, readProcesses, writeProcesses } from "./chain";
import { COMPARATORS, FORM, LINE, type PartProps, ScopeAndGroups, SourceForm, withCurrent } from "./forms";

const WINDOWS = ["5m", "10m", "15m", "30m", "1h", "2h", "4h", "1d"];

export function ProcessForm({ draft, onChange }: PartProps) {
  const condition = readProcesses(draft.query);
  if (!condition) return <SourceForm draft={draft} onChange={onChange} />;
  const set = (part: Partial<ProcessCondition>) => {
    const next = { ...condition, ...part };
    const thresholds: Thresholds = { ...draft.options.thresholds };
    if (next.critical !== "") thresholds.critical = Number(next.critical);
    onChange({ ...draft, query: writeProcesses(next), options: { ...draft.options, thresholds } });
  };
  return (
    <div style={FORM}>
      <Field
        label="Search query"
        hint="A part of the command line, such as nginx, or command:nginx user:www."
      >
        <Input
          className="mono"
          value={condition.search}
          onChange={(event) => set({ search: event.target.value })}
        />
      </Field>
      <ScopeAndGroups over={condition.over} by={condition.by} onChange={set} />
      <div style={LINE}>
        Trigger when the number of processes is
        <Select
          value={condition.comparator}
          options={COMPARATORS}
          onChange={(comparator) => set({ comparator })}
        />
        <Input
          type="number"
          step="any"
          aria-label="Alert threshold"
          style={{ width: 120 }}
          defaultValue={condition.critical}
          onChange={(event) => set({ critical: event.target.value.trim() })}
        />
        during the last
        <Select
          value={condition.window}
          options={withCurrent(WINDOWS, condition.window)}
          onChange={(window) => set({ window })}
        />
      </div>
    </div>
  );
}
