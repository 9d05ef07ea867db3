/** Fields of queries over logs, spans and events: the search, facets and columns with completion, the index. */
import { useMemo, useState } from "react";
import { useFields } from "~/explorer/api";
import { useIndexes } from "~/pages/logs/configApi";
import { FilterField } from "~/pages/logs/filterField";
import { useHistoricalViews } from "~/pages/logs/rehydrationApi";
import { Field, Input, Select, TagsCombobox } from "~/ui";
import { indexOptions } from "./indexOptions";
import { type Explored, exploredOf } from "./searchSources";

interface SearchProps {
  /** The data source of a query or a list, such as `logs_stream`. */
  source: string;
  label: string;
  value: string;
  onChange: (query: string) => void;
}

const PLACEHOLDER = "Search: service:web status:error";

export function SearchField({ source, label, value, onChange }: SearchProps) {
  const explored = exploredOf(source);
  if (explored) return <FilterField {...{ label, value, onChange }} source={explored} live />;
  return (
    <Input
      data-grow
      className="mono"
      aria-label={label}
      placeholder={PLACEHOLDER}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

interface FieldsProps {
  source: string;
  label: string;
  values: readonly string[];
  /** Offered before the fields of the data. */
  first?: readonly string[];
  placeholder?: string;
  onChange: (fields: string[]) => void;
}

/** Names of fields, those of the data of the past hour offered. */
export function FieldsField({ source, first = [], ...props }: FieldsProps) {
  const explored = exploredOf(source);
  return explored ? (
    <Known {...props} explored={explored} first={first} />
  ) : (
    <TagsCombobox {...props} options={first} keeps />
  );
}

const HOUR = 3_600_000;

function Known({ explored, first, ...props }: Omit<FieldsProps, "source" | "first"> & Offered) {
  const [range] = useState(() => ({ from: Date.now() - HOUR, to: Date.now(), live: true }));
  const fields = useFields(explored, range).data?.fields;
  const options = useMemo(
    () => [...new Set([...first, ...(fields ?? []).map((one) => one.field)])],
    [first, fields],
  );
  return <TagsCombobox {...props} options={options} keeps />;
}

interface Offered {
  explored: Explored;
  first: readonly string[];
}

interface IndexProps {
  value: unknown;
  onChange: (indexes: string[]) => void;
}

/** Which logs: all, those of an index, or what was read back from an archive. */
export function IndexSelect({ value, onChange }: IndexProps) {
  const indexes = useIndexes();
  const views = useHistoricalViews();
  const { current, options } = indexOptions(
    value,
    (indexes.data ?? []).map((one) => one.name),
    (views.data?.views ?? []).map((one) => one.name),
  );
  return (
    <Select
      label="Index"
      value={current}
      options={options}
      onChange={(next) => onChange(next === "*" ? ["*"] : next.split(","))}
    />
  );
}

/** The columns of a list, in their order. */
export function ColumnsField({ source, label, values, onChange, first }: FieldsProps) {
  return (
    <Field label={label}>
      <FieldsField {...{ source, label, values, onChange, first }} placeholder="Those of the source" />
    </Field>
  );
}
