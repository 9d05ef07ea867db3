/** The form of a widget type's options, made of their descriptions. */
import { Checkbox, Field, Input, Select, TextArea } from "~/ui";
import type { WidgetDefinition } from "~/widgets/types";
import { dimensionColumn, withDimension } from "./dimensions";
import css from "./editing.module.css";
import { JsonField } from "./JsonField";
import type { Unfinished } from "./jsonText";
import { valueAt, withValue } from "./paths";
import { ColumnsField, FieldsField, IndexSelect, SearchField } from "./SearchFields";
import { columnsOf, exploredOf, withFields } from "./searchSources";
import { ThingPicker } from "./ThingPicker";
import type { TypeOption } from "./typeOptions";

interface Props {
  definition: WidgetDefinition;
  options: readonly TypeOption[];
  onChange: (definition: WidgetDefinition) => void;
  /** What is half written in one of the fields, which tell when it changes. */
  unfinished: Unfinished | undefined;
  onUnfinished: (unfinished?: Unfinished) => void;
}

export function OptionFields({ definition, options, onChange, unfinished, onUnfinished }: Props) {
  return (
    <div className={css.options}>
      {options
        .filter(({ needs }) => !needs || valueAt(definition, needs) !== undefined)
        .map((option) => (
          <OptionField
            key={`${option.path} ${option.label}`}
            option={option}
            value={valueAt(definition, option.path)}
            source={sourceOf(definition)}
            unfinished={unfinished?.label === option.label ? unfinished : undefined}
            onUnfinished={onUnfinished}
            onChange={(value) => {
              const path = value === undefined ? (option.holds ?? option.path) : option.path;
              onChange(withValue(definition, path, value));
            }}
          />
        ))}
    </div>
  );
}

interface FieldProps extends Pick<Props, "unfinished" | "onUnfinished"> {
  option: TypeOption;
  value: unknown;
  /** The data source of a list. */
  source: string;
  onChange: (value: unknown) => void;
}

const SORTED_BY = ["timestamp"];

/** What a list is of: the data source of its request, or what older lists are named after. */
function sourceOf(definition: WidgetDefinition): string {
  const own = valueAt(definition, "requests.0.query.data_source");
  return typeof own === "string" ? own : definition.type === "log_stream" ? "logs" : "events";
}

function OptionField({ option, value, source, onChange, unfinished, onUnfinished }: FieldProps) {
  const { label, hint, kind } = option;
  if (kind === "check") {
    const checked = value === undefined ? option.fallback === true : value === true;
    return (
      <Checkbox checked={checked} onChange={onChange}>
        {label}
      </Checkbox>
    );
  }
  if (kind === "select") {
    const current = typeof value === "string" ? value : String(option.fallback ?? "");
    const known = option.options!.includes(current) ? option.options! : [...option.options!, current];
    return (
      <Select
        label={label}
        value={current}
        options={known.map((one) => ({ value: one, label: one.replaceAll("_", " ") || "none" }))}
        onChange={(next) => onChange(next === "" ? undefined : next)}
      />
    );
  }
  if (kind === "search") {
    return (
      <div className={css.search}>
        <span className={css.searchLabel}>{label}</span>
        <SearchField {...{ source, label, onChange }} value={textOf(value)} />
      </div>
    );
  }
  if (kind === "index") {
    return exploredOf(source) === "logs" ? <IndexSelect {...{ value, onChange }} /> : null;
  }
  if (kind === "field") {
    return (
      <Field label={label}>
        <FieldsField
          {...{ source, label }}
          placeholder={hint}
          first={SORTED_BY}
          values={textOf(value) ? [textOf(value)] : []}
          onChange={(next) => onChange(next.at(-1))}
        />
      </Field>
    );
  }
  if (kind === "columns") {
    const fields = (Array.isArray(value) ? value : []).map((one) => String(one?.field ?? ""));
    return (
      <div className={css.search}>
        <ColumnsField
          {...{ source, label }}
          values={fields.filter(Boolean)}
          first={columnsOf(source)}
          onChange={(next) => onChange(withFields(value, next))}
        />
      </div>
    );
  }
  if (kind === "json") return <JsonField {...{ label, value, unfinished, onChange, onUnfinished }} />;
  if (kind === "dimension") {
    const name = option.dimension!;
    return (
      <Field label={label}>
        <Input
          placeholder={hint}
          title={hint}
          value={dimensionColumn(value, name)}
          onChange={(event) => onChange(withDimension(value, name, event.target.value))}
        />
      </Field>
    );
  }
  if (kind === "slo" || kind === "monitor") {
    return <ThingPicker kind={kind} label={label} value={textOf(value)} onChange={onChange} />;
  }
  return (
    <Field label={label}>
      {kind === "long" ? (
        <TextArea rows={8} value={textOf(value)} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <Input
          type={kind === "number" ? "number" : "text"}
          placeholder={hint}
          title={hint}
          value={kind === "steps" ? stepsText(value) : textOf(value)}
          onChange={(event) => onChange(read(kind, event.target.value))}
        />
      )}
    </Field>
  );
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(", ");
  return value === undefined || value === null ? "" : String(value);
}

/** `facet:value`, one a step; a value may have colons of its own. */
const stepsText = (value: unknown) =>
  Array.isArray(value)
    ? value
        .map((step) => [step?.facet, step?.value].filter((part) => part !== undefined).join(":"))
        .join(", ")
    : "";

function stepOf(text: string): { facet: string; value: string } {
  const at = text.indexOf(":");
  return at < 0 ? { facet: text, value: "" } : { facet: text.slice(0, at), value: text.slice(at + 1) };
}

function read(kind: TypeOption["kind"], text: string): unknown {
  const parts = () => text.split(",").map((part) => part.trim());
  if (kind === "list") return text === "" ? [] : parts();
  if (kind === "steps") return text === "" ? [] : parts().map(stepOf);
  if (kind === "number") return text === "" || !Number.isFinite(Number(text)) ? undefined : Number(text);
  return text === "" ? undefined : text;
}
