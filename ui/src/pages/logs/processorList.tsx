/** The processors of a pipeline in their order, each with its form, and with what it did to the tested lines. */
import { useState } from "react";
import { Button, Checkbox, IconButton, Menu, MenuItem, Status } from "~/ui";
import css from "./config.module.css";
import type { TestStep } from "./configApi";
import { OrderedList } from "./orderedList";
import { ProcessorForm } from "./processorForm";
import { labelOf, newProcessor, PROCESSORS, type Processor } from "./processors";

interface ProcessorListProps {
  processors: Processor[];
  onChange: (processors: Processor[]) => void;
  /** Steps of all tested lines. */
  steps: readonly TestStep[];
  /** Where this list lies: the places of the pipelines around it. */
  place: readonly number[];
  types?: readonly string[];
  readOnly: boolean;
}

const MAX_NESTED = 4;

export function ProcessorList({ processors, onChange, steps, place, types, readOnly }: ProcessorListProps) {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const toggle = (at: number) => {
    const next = new Set(open);
    if (!next.delete(at)) next.add(at);
    setOpen(next);
  };
  const set = (at: number, next: Processor) =>
    onChange(processors.map((one, index) => (index === at ? next : one)));
  const choices =
    types ?? Object.keys(PROCESSORS).filter((type) => type !== "pipeline" || place.length < MAX_NESTED);
  // Parts of an array map have no state of their own.
  const switched = types === undefined;
  return (
    <div className={css.column}>
      {processors.length > 0 && (
        <OrderedList
          label={place.length > 0 ? "Nested processors" : "Processors"}
          items={processors}
          itemKey={(_, at) => String(at)}
          itemName={(one) => one.name || labelOf(one.type)}
          onOrder={
            readOnly
              ? undefined
              : (next) => {
                  setOpen(new Set());
                  onChange(next);
                }
          }
          render={(one, at) => (
            <>
              <div className={css.row}>
                <button
                  type="button"
                  className={`${css.title} ${switched && !one.is_enabled ? css.off : ""}`}
                  aria-expanded={open.has(at)}
                  onClick={() => toggle(at)}
                >
                  {one.name || labelOf(one.type)}
                </button>
                {one.name && one.name !== labelOf(one.type) && (
                  <span className="muted">{labelOf(one.type)}</span>
                )}
                <span className={css.grow} />
                <Outcome
                  steps={steps}
                  place={[...place, at]}
                  enabled={!switched || one.is_enabled === true}
                />
                {switched && (
                  <fieldset disabled={readOnly} style={{ border: 0, padding: 0, margin: 0 }}>
                    <Checkbox
                      checked={one.is_enabled === true}
                      onChange={(is_enabled) => set(at, { ...one, is_enabled })}
                    >
                      Enabled
                    </Checkbox>
                  </fieldset>
                )}
                {!readOnly && (
                  <IconButton
                    icon="trash"
                    label={`Delete ${one.name || labelOf(one.type)}`}
                    onClick={() => {
                      setOpen(new Set());
                      onChange(processors.filter((_, index) => index !== at));
                    }}
                  />
                )}
              </div>
              {open.has(at) && (
                <fieldset disabled={readOnly} style={{ border: 0, padding: 0, margin: 0, minWidth: 0 }}>
                  <ProcessorForm
                    processor={one}
                    onChange={(next) => set(at, next)}
                    inner={(field, inner, change) => (
                      <ProcessorList
                        processors={inner}
                        onChange={change}
                        steps={field.types ? [] : steps}
                        place={[...place, at]}
                        types={field.types}
                        readOnly={readOnly}
                      />
                    )}
                  />
                </fieldset>
              )}
            </>
          )}
        />
      )}
      {!readOnly && (
        <div>
          <Menu trigger={<Button icon="plus">Add processor</Button>}>
            {choices.map((type) => (
              <MenuItem
                key={type}
                onSelect={() => {
                  const { is_enabled: state, ...made } = newProcessor(type);
                  onChange([...processors, (switched ? { ...made, is_enabled: state } : made) as Processor]);
                  setOpen(new Set([...open, processors.length]));
                }}
              >
                {labelOf(type)}
              </MenuItem>
            ))}
          </Menu>
        </div>
      )}
    </div>
  );
}

/** How many of the tested lines the processor changed, and how many it could not process. */
function Outcome({
  steps,
  place,
  enabled,
}: {
  steps: readonly TestStep[];
  place: readonly number[];
  enabled: boolean;
}) {
  const own = steps.filter((step) => step.place.join() === place.join());
  if (!enabled || own.length === 0) return null;
  const applied = own.filter((step) => step.applied).length;
  const failed = own.filter((step) => step.problem);
  if (failed.length > 0) {
    return (
      <span title={failed[0]?.problem ?? ""}>
        <Status state="alert">{`Failed on ${failed.length} of ${own.length}`}</Status>
      </span>
    );
  }
  return <Status state={applied > 0 ? "ok" : "nodata"}>{`Applied to ${applied} of ${own.length}`}</Status>;
}
