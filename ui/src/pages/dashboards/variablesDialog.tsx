/** The template variables of a dashboard: name, tag, default. */

import { Button, Dialog, IconButton, Input } from "~/ui";
import type { TemplateVariable } from "~/widgets/types";

interface Props {
  variables: TemplateVariable[];
  onChange: (variables: TemplateVariable[]) => void;
  onClose: () => void;
}

export function VariablesDialog({ variables, onChange, onClose }: Props) {
  const edit = (index: number, change: Partial<TemplateVariable>) =>
    onChange(variables.map((variable, at) => (at === index ? { ...variable, ...change } : variable)));
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
      <ul style={{ display: "grid", gap: "var(--s-4)", margin: "var(--s-5) 0" }}>
        {variables.map((variable, index) => (
          <li
            key={index}
            style={{ display: "grid", gridTemplateColumns: "1fr 1fr 1fr auto", gap: "var(--s-4)" }}
          >
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
      <Button icon="plus" onClick={() => onChange([...variables, { name: "", prefix: "", defaults: ["*"] }])}>
        Add variable
      </Button>
    </Dialog>
  );
}
