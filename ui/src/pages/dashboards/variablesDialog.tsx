/** The template variables of a dashboard: name, tag, default. */

import { useRef } from "react";
import { Button, Dialog, IconButton, Input } from "~/ui";
import type { TemplateVariable } from "~/widgets/types";

interface Props {
  variables: TemplateVariable[];
  onChange: (variables: TemplateVariable[]) => void;
  onClose: () => void;
}

const ROW = {
  display: "grid",
  gridTemplateColumns: "1fr 1fr 1fr var(--h-control)",
  gap: "var(--s-4)",
};

export function VariablesDialog({ variables, onChange, onClose }: Props) {
  const edit = (index: number, change: Partial<TemplateVariable>) =>
    onChange(variables.map((variable, at) => (at === index ? { ...variable, ...change } : variable)));
  const list = useRef<HTMLUListElement>(null);
  const add = () => {
    onChange([...variables, { name: "", prefix: "", defaults: ["*"] }]);
    requestAnimationFrame(() => list.current?.querySelector<HTMLElement>("li:last-child input")?.focus());
  };
  const footer = (
    <Button kind="primary" onClick={onClose}>
      Done
    </Button>
  );
  return (
    <Dialog title="Template variables" open onClose={onClose} footer={footer} width={640}>
      <p className="muted">
        A variable named <code>host</code> over the tag <code>host</code> is written <code>{"{$host}"}</code>{" "}
        in queries.
      </p>
      <ul ref={list} style={{ display: "grid", gap: "var(--s-4)", margin: "var(--s-5) 0" }}>
        {variables.length > 0 && (
          <li aria-hidden className="muted" style={ROW}>
            <span>Name</span>
            <span>Tag</span>
            <span>Default value</span>
          </li>
        )}
        {variables.map((variable, index) => (
          <li key={index} style={ROW}>
            <Input
              aria-label="Name"
              placeholder="Name"
              value={variable.name}
              onChange={(event) => edit(index, { name: event.target.value })}
            />
            <Input
              aria-label="Tag"
              placeholder="Tag"
              value={variable.prefix ?? ""}
              onChange={(event) => edit(index, { prefix: event.target.value })}
            />
            <Input
              aria-label="Default"
              placeholder="*"
              value={variable.defaults?.join(",") ?? variable.default ?? ""}
              onChange={(event) =>
                edit(index, { default: undefined, defaults: event.target.value.split(",") })
              }
            />
            <IconButton
              icon="trash"
              label="Remove variable"
              onClick={() => onChange(variables.filter((_, at) => at !== index))}
            />
          </li>
        ))}
      </ul>
      <Button icon="plus" onClick={add}>
        Add variable
      </Button>
    </Dialog>
  );
}
