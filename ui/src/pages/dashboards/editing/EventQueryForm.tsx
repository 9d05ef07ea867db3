/** A query over logs, spans or events: a search, what is computed, and by what it is grouped. */
import { Input, Select } from "~/ui";
import type { WidgetQuery } from "~/widgets/types";
import css from "./editing.module.css";
import { computeOf, groupsOf, withCompute, withGroups } from "./eventQuery";

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
      <Input
        data-grow
        className="mono"
        aria-label={`Search ${query.name}`}
        placeholder="Search: service:web status:error"
        value={query.search?.query ?? ""}
        onChange={(event) => onChange({ ...query, search: { query: event.target.value } })}
      />
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
      <Input
        aria-label={`Group by of ${query.name}`}
        placeholder="everything together"
        value={fields.join(",")}
        onChange={(event) =>
          onChange(
            withGroups(
              query,
              event.target.value.split(",").map((one) => one.trim()),
              limit,
            ),
          )
        }
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
