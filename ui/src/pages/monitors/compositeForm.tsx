/** The form of composite monitors: which monitors, and how their states are combined. */

import { Combobox, Field, IconButton, Input, Notice, Status } from "~/ui";
import { STATES, useMonitors } from "./api";
import {
  type CompositeCondition,
  letterOf,
  logicProblem,
  MOST,
  readComposite,
  withMonitor,
  withoutMonitor,
  writeComposite,
} from "./composite";
import { FORM, LINE, type PartProps, SourceForm } from "./forms";

export function CompositeForm({ draft, onChange }: PartProps) {
  const monitors = useMonitors();
  const condition = readComposite(draft.query);
  if (!condition) return <SourceForm draft={draft} onChange={onChange} />;
  const set = (next: CompositeCondition) => onChange({ ...draft, query: writeComposite(next) });
  const known = monitors.data ?? [];
  const labelOf = (id: number, name: string) => `${name.replaceAll("**", "")} (${id})`;
  const offered = known
    .filter((one) => one.type !== "composite" && !condition.monitors.includes(one.id))
    .map((one) => labelOf(one.id, one.name));
  const add = (label: string | null) => {
    const id = Number(/\((\d+)\)$/.exec(label ?? "")?.[1]);
    if (id) set(withMonitor(condition, id));
  };
  const problem = condition.monitors.length > 0 ? logicProblem(condition) : undefined;
  return (
    <div style={FORM}>
      <Field label="Monitors" hint={`Up to ${MOST}, each with a letter; composites are not offered.`}>
        <div style={{ display: "grid", gap: "var(--s-3)" }}>
          {condition.monitors.map((id, place) => {
            const found = known.find((one) => one.id === id);
            const state = found?.overall_state ?? "No Data";
            return (
              <div key={id} style={{ ...LINE, flexWrap: "nowrap" }}>
                <b className="mono">{letterOf(place)}</b>
                <a href={`/monitors/${id}`} className="truncate" style={{ flex: 1, minWidth: 0 }}>
                  {found ? labelOf(id, found.name) : monitors.data ? `There is no monitor ${id}` : String(id)}
                </a>
                {found && <Status state={STATES[state] ?? "nodata"}>{state}</Status>}
                <IconButton
                  icon="close"
                  small
                  label={`Remove ${letterOf(place)}`}
                  onClick={() => set(withoutMonitor(condition, place))}
                />
              </div>
            );
          })}
          {condition.monitors.length < MOST && (
            <Combobox
              key={condition.monitors.join()}
              label="Add a monitor"
              value={null}
              options={offered}
              onChange={add}
            />
          )}
        </div>
      </Field>
      <Field
        label="Trigger when"
        hint="&& (and), || (or), ! (not) and parentheses. Alert, Warn and No Data count as true."
        error={problem}
      >
        <Input
          className="mono"
          value={condition.logic}
          placeholder="a && b"
          onChange={(event) => set({ ...condition, logic: event.target.value })}
        />
      </Field>
      {condition.monitors.length === 0 && <Notice>Add the monitors that are combined.</Notice>}
    </div>
  );
}
