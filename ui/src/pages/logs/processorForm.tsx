/** The form of one processor, made from its entry in the table of processors. */
import { type ReactNode, useState } from "react";
import { Button, Checkbox, Field, IconButton, Input, Segments, TextArea } from "~/ui";
import css from "./config.module.css";
import { FilterField } from "./filterField";
import {
  linesOf,
  PROCESSORS,
  type Processor,
  type ProcessorField,
  pathsOf,
  readField,
  writeField,
} from "./processors";

interface ProcessorFormProps {
  processor: Processor;
  onChange: (processor: Processor) => void;
  /** Draws the processors within this one. */
  inner: (field: ProcessorField, processors: Processor[], change: (next: Processor[]) => void) => ReactNode;
}

export function ProcessorForm({ processor, onChange, inner }: ProcessorFormProps) {
  const kind = PROCESSORS[processor.type];
  const set = (name: string, value: unknown) => onChange(writeField(processor, name, value));
  return (
    <div className={css.form}>
      {kind && <p className="muted">{kind.about}</p>}
      <Field label="Name">
        <Input value={processor.name ?? ""} onChange={(event) => set("name", event.target.value)} />
      </Field>
      {kind?.fields
        .filter(({ when }) => !when || (readField(processor, when[0]) ?? "attribute") === when[1])
        .map((field) =>
          field.kind === "processors" ? (
            <div key={field.name}>
              <span className={css.label}>{field.label}</span>
              {field.hint && <p className="muted">{field.hint}</p>}
              {inner(field, (readField(processor, field.name) ?? []) as Processor[], (next) =>
                set(field.name, next),
              )}
            </div>
          ) : (
            <Control
              key={`${field.name} ${field.when?.[1]}`}
              field={field}
              value={readField(processor, field.name)}
              onChange={(value) => set(field.name, value)}
            />
          ),
        )}
    </div>
  );
}

interface ControlProps {
  field: ProcessorField;
  value: unknown;
  onChange: (value: unknown) => void;
}

function Control({ field, value, onChange }: ControlProps) {
  const { label, hint, placeholder } = field;
  switch (field.kind) {
    case "flag":
      return (
        <Checkbox checked={value === true} onChange={onChange}>
          {label}
        </Checkbox>
      );
    case "choice":
      return (
        <div>
          <span className={css.label}>{label}</span>{" "}
          <Segments
            label={label}
            value={String(value ?? field.options?.[0] ?? "")}
            options={(field.options ?? []).map((one) => ({ value: one, label: one }))}
            onChange={onChange}
          />
          {hint && <p className="muted">{hint}</p>}
        </div>
      );
    case "query":
      return (
        <div>
          <span className={css.label}>{label}</span>
          <FilterField label={label} value={String(value ?? "")} onChange={onChange} />
        </div>
      );
    case "categories":
      return <Categories value={(value ?? []) as Category[]} onChange={onChange} />;
    case "json":
      return <Json field={field} value={value} onChange={onChange} />;
    case "paths":
      return (
        <ListText
          {...field}
          value={(value ?? []) as string[]}
          read={pathsOf}
          separator=", "
          onChange={onChange}
        />
      );
    case "table":
    case "samples":
      return (
        <ListText
          {...field}
          value={(value ?? []) as string[]}
          read={linesOf}
          separator={"\n"}
          rows={4}
          onChange={onChange}
        />
      );
    case "rules":
      return (
        <Field label={label} hint={hint}>
          <TextArea
            className={css.code}
            rows={field.name.endsWith("match_rules") ? 5 : 2}
            placeholder={placeholder}
            value={String(value ?? "")}
            onChange={(event) => onChange(event.target.value)}
          />
        </Field>
      );
    default:
      return (
        <Field label={label} hint={hint}>
          <Input
            className={css.code}
            placeholder={placeholder}
            value={String(value ?? "")}
            onChange={(event) => onChange(event.target.value || undefined)}
          />
        </Field>
      );
  }
}

interface ListTextProps {
  label: string;
  hint?: string;
  value: string[];
  separator: string;
  rows?: number;
  read: (text: string) => string[];
  onChange: (value: string[]) => void;
}

/** A list as text: what is being typed stays as it is, whatever it reads as. */
function ListText({ label, hint, value, separator, rows, read, onChange }: ListTextProps) {
  const [text, setText] = useState(value.join(separator));
  const change = (next: string) => {
    setText(next);
    onChange(read(next));
  };
  return (
    <Field label={label} hint={hint}>
      {rows ? (
        <TextArea
          className={css.code}
          rows={rows}
          value={text}
          onChange={(one) => change(one.target.value)}
        />
      ) : (
        <Input className={css.code} value={text} onChange={(one) => change(one.target.value)} />
      )}
    </Field>
  );
}

function Json({ field, value, onChange }: ControlProps) {
  const [text, setText] = useState(() => JSON.stringify(value ?? null, null, 2));
  const [problem, setProblem] = useState<string>();
  return (
    <Field label={field.label} hint={field.hint ?? "JSON"} error={problem}>
      <TextArea
        className={css.code}
        rows={6}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          try {
            onChange(JSON.parse(event.target.value));
            setProblem(undefined);
          } catch (error) {
            setProblem(`Invalid JSON: ${(error as Error).message}`);
          }
        }}
      />
    </Field>
  );
}

interface Category {
  filter: { query: string };
  name: string;
}

function Categories({ value, onChange }: { value: Category[]; onChange: (value: Category[]) => void }) {
  const set = (at: number, next: Category) =>
    onChange(value.map((one, place) => (place === at ? next : one)));
  return (
    <div className={css.column}>
      <span className={css.label}>Categories</span>
      {value.map((one, at) => (
        <div key={at} className={css.pair}>
          <FilterField
            label={`Query of category ${at + 1}`}
            value={one.filter.query}
            onChange={(query) => set(at, { ...one, filter: { query } })}
          />
          <Input
            aria-label={`Name of category ${at + 1}`}
            placeholder="Name"
            value={one.name}
            onChange={(event) => set(at, { ...one, name: event.target.value })}
          />
          <IconButton
            icon="trash"
            label={`Remove category ${at + 1}`}
            onClick={() => onChange(value.filter((_, place) => place !== at))}
          />
        </div>
      ))}
      <div>
        <Button
          size="small"
          icon="plus"
          onClick={() => onChange([...value, { filter: { query: "" }, name: "" }])}
        >
          Add category
        </Button>
      </div>
    </div>
  );
}
