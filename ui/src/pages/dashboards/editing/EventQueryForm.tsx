/** A query over logs, spans or events: a search, what is computed, and by what it is grouped. */
import { Input, Select } from "~/ui";
import type { WidgetQuery } from "~/widgets/types";
import css from "./editing.module.css";
import { computeOf, groupsOf, withCompute, withGroups } from "./eventQuery";
import { FieldsField, IndexSelect, SearchField } from "./SearchFields";

interface Props {
  query: WidgetQuery;
  onChange: (query: WidgetQuery) => void;
}

const AGGREGATIONS = [
  "count",
  "cardinality",
  "avg",
  "sum",
  "min",
  "max",
  "median",
  "pc75",
  "pc90",
  "pc95",
  "pc98",
  "pc99",
];

export function EventQueryForm({ query, onChange }: Props) {
  const { aggregation, metric } = computeOf(query);
  const { fields, limit } = groupsOf(query);
  return (
    <div className={css.row}>
      <SearchField
        source={query.data_source}
        label={`Search ${query.name}`}
        value={query.search?.query ?? ""}
        onChange={(text) => onChange({ ...query, search: { query: text } })}
      />
      {query.data_source === "logs" && (
        <IndexSelect value={query.indexes} onChange={(indexes) => onChange({ ...query, indexes })} />
      )}
      <Select
        label="Compute"
        value={aggregation}
        options={AGGREGATIONS.map((value) => ({ value, label: value }))}
        onChange={(next) => onChange(withCompute(query, next, metric))}
      />
      {aggregation !== "count" && (
        <Input
          aria-label={`Measure of ${query.name}`}
          placeholder="@duration"
          value={metric}
          onChange={(event) => onChange(withCompute(query, aggregation, event.target.value))}
        />
      )}
      <span className="muted">by</span>
      <FieldsField
        source={query.data_source}
        label={`Group by of ${query.name}`}
        placeholder="everything together"
        values={fields}
        onChange={(next) => onChange(withGroups(query, next, limit))}
      />
      {fields.length > 0 && (
        <Input
          type="number"
          min={1}
          max={1000}
          aria-label={`Limit of ${query.name}`}
          style={{ width: 80 }}
          value={limit}
          onChange={(event) => onChange(withGroups(query, fields, Number(event.target.value) || 10))}
        />
      )}
    </div>
  );
}
