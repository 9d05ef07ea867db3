/** Templates of monitors: made of a monitor, changed by version, and filled in to make monitors. */

import { useState } from "react";
import { useLocation } from "wouter";
import {
  ask,
  Button,
  type Column,
  Combobox,
  Dialog,
  Empty,
  Field,
  IconButton,
  Input,
  Notice,
  TextArea,
} from "~/ui";
import { useMonitorChange, useMonitors } from "../api";
import { useItemChange, useItems } from "./api";
import { ItemList } from "./itemList";
import {
  defaultsOf,
  definitionOf,
  filled,
  readVariables,
  type Template,
  type Variable,
  writeVariables,
} from "./template";

export function Templates() {
  const query = useItems<Template>("templates");
  const remove = useItemChange("templates", "Template deleted");
  const [edited, setEdited] = useState<Template | "new">();
  const [used, setUsed] = useState<Template>();
  const columns: Column<Template>[] = [
    {
      key: "title",
      title: "Title",
      width: "minmax(160px, 1.5fr)",
      sort: ({ attributes }) => attributes.title,
      cell: ({ attributes }) => <span className="truncate">{attributes.title}</span>,
    },
    {
      key: "variables",
      title: "Variables",
      width: "minmax(140px, 1fr)",
      cell: ({ attributes }) => (
        <code className="truncate">
          {attributes.template_variables.map((one) => `$${one.name}`).join(" ") || "–"}
        </code>
      ),
    },
    {
      key: "version",
      title: "Version",
      width: "90px",
      cell: ({ attributes }) => <span className="num">{attributes.version}</span>,
    },
    {
      key: "actions",
      title: "",
      width: "190px",
      cell: (template) => (
        <span style={{ display: "flex", gap: "var(--s-2)" }} onClick={(event) => event.stopPropagation()}>
          <Button size="small" needs="monitors_write" onClick={() => setUsed(template)}>
            New monitor
          </Button>
          <IconButton
            icon="trash"
            small
            label={`Delete ${template.attributes.title}`}
            needs="monitors_write"
            onClick={async () => {
              const title = `Delete the template ${template.attributes.title}?`;
              const text = "Monitors that were made of it stay.";
              if (await ask({ title, text, action: "Delete" })) remove.mutate({ id: template.id });
            }}
          />
        </span>
      ),
    },
  ];
  return (
    <>
      <ItemList
        label="Templates"
        hint="A template is the definition of a monitor with variables; each change is a new version."
        add="New template"
        needs="monitors_write"
        query={query}
        columns={columns}
        onEdit={setEdited}
        empty={<Empty title="No templates">Make one of a monitor that others should have, too.</Empty>}
      />
      {edited && (
        <TemplateDialog
          template={edited === "new" ? undefined : edited}
          onClose={() => setEdited(undefined)}
        />
      )}
      {used && <UseDialog template={used} onClose={() => setUsed(undefined)} />}
    </>
  );
}

const text = (definition: unknown) => JSON.stringify(definition, null, 2);

function TemplateDialog({ template, onClose }: { template?: Template; onClose: () => void }) {
  const given = template?.attributes;
  const [title, setTitle] = useState(given?.title ?? "");
  const [description, setDescription] = useState(given?.description ?? "");
  const [variables, setVariables] = useState(writeVariables(given?.template_variables ?? []));
  const [definition, setDefinition] = useState(given ? text(given.monitor_definition) : "");
  const [problem, setProblem] = useState<string>();
  const monitors = useMonitors();
  const save = useItemChange("templates", "Saved");
  const labels = (monitors.data ?? []).map((one) => `${one.name.replaceAll("**", "")} (${one.id})`);
  const begin = (label: string | null) => {
    const id = Number(/\((\d+)\)$/.exec(label ?? "")?.[1]);
    const monitor = monitors.data?.find((one) => one.id === id);
    if (!monitor) return;
    setDefinition(text(definitionOf({ ...monitor })));
    if (!title) setTitle(monitor.name.replaceAll("**", ""));
  };
  const submit = async () => {
    try {
      const attributes = {
        title: title.trim(),
        description: description.trim() || null,
        tags: given?.tags ?? [],
        template_variables: readVariables(variables),
        monitor_definition: JSON.parse(definition) as unknown,
      };
      await save.mutateAsync({ ...(template && { id: template.id }), attributes });
      onClose();
    } catch (error) {
      setProblem(
        error instanceof SyntaxError
          ? `The definition is no JSON: ${error.message}`
          : (error as Error).message,
      );
    }
  };
  return (
    <Dialog
      title={given ? `Edit template (version ${given.version})` : "New template"}
      open
      onClose={onClose}
      width={680}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="primary"
            needs="monitors_write"
            disabled={save.isPending || !title.trim() || !definition.trim()}
            onClick={() => void submit()}
          >
            Save
          </Button>
        </>
      }
    >
      <div style={{ display: "grid", gap: "var(--s-4)" }}>
        {problem && <Notice state="alert">{problem}</Notice>}
        {!given && (
          <Field label="Of a monitor">
            <Combobox label="Of a monitor" value={null} options={labels} onChange={begin} />
          </Field>
        )}
        <Field label="Title">
          <Input value={title} onChange={(event) => setTitle(event.target.value)} />
        </Field>
        <Field label="Description">
          <Input value={description} onChange={(event) => setDescription(event.target.value)} />
        </Field>
        <Field
          label="Variables"
          hint="One a line: env = prod, staging (env). The first value is the default; with a tag key in parentheses $env is env:prod, and $env.value is prod."
        >
          <TextArea
            rows={3}
            className="mono"
            value={variables}
            onChange={(event) => setVariables(event.target.value)}
          />
        </Field>
        <Field label="Definition" hint="The monitor as the API has it, with $variables in its texts.">
          <TextArea
            rows={12}
            className="mono"
            value={definition}
            onChange={(event) => setDefinition(event.target.value)}
          />
        </Field>
      </div>
    </Dialog>
  );
}

/** Makes a monitor of the template, and goes on in the monitor's form. */
function UseDialog({ template, onClose }: { template: Template; onClose: () => void }) {
  const { title, template_variables: variables, monitor_definition: definition } = template.attributes;
  const [values, setValues] = useState(defaultsOf(variables));
  const [problem, setProblem] = useState<string>();
  const create = useMonitorChange();
  const [, navigate] = useLocation();
  const submit = async () => {
    try {
      const body = filled(definition, variables, values);
      const made = await create.mutateAsync({ method: "POST", path: "/api/v1/monitor", body });
      navigate(`/monitors/${made.id}/edit`);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const query = String((filled(definition, variables, values) as Record<string, unknown>).query ?? "");
  return (
    <Dialog
      title={`New monitor: ${title}`}
      open
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" disabled={create.isPending} onClick={() => void submit()}>
            Create
          </Button>
        </>
      }
    >
      <div style={{ display: "grid", gap: "var(--s-4)" }}>
        {problem && <Notice state="alert">{problem}</Notice>}
        {variables.map((one) => (
          <Value
            key={one.name}
            variable={one}
            value={values[one.name] ?? "*"}
            onChange={(value) => setValues({ ...values, [one.name]: value })}
          />
        ))}
        <Field label="Query">
          <code style={{ overflowWrap: "anywhere" }}>{query}</code>
        </Field>
      </div>
    </Dialog>
  );
}

interface ValueProps {
  variable: Variable;
  value: string;
  onChange: (value: string) => void;
}

function Value({ variable, value, onChange }: ValueProps) {
  const list = `values-${variable.name}`;
  return (
    <Field label={`$${variable.name}`}>
      <Input className="mono" list={list} value={value} onChange={(event) => onChange(event.target.value)} />
      <datalist id={list}>
        {variable.available_values?.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </Field>
  );
}
