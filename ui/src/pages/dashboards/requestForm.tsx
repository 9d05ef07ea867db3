/** The queries and formulas of one request of a widget. */

import { Button, Field, IconButton, Input, Select } from "~/ui";
import { QueryEditor } from "~/widgets/query/editor";
import { FormulaInput } from "~/widgets/query/formula";
import type { WidgetQuery, WidgetRequest } from "~/widgets/types";

interface Props {
  request: WidgetRequest;
  /** Whether the widget shows one number a group, so that each query needs a reducer. */
  scalar: boolean;
  onChange: (request: WidgetRequest) => void;
}

const REDUCERS = ["avg", "sum", "min", "max", "last"].map((value) => ({ value, label: value }));
const SHAPES = ["line", "area", "bars"].map((value) => ({ value, label: value }));
const SIDES = [
  { value: "left", label: "left" },
  { value: "right", label: "right" },
];
const PALETTES = ["dog_classic", "cool", "warm", "purple", "green", "orange", "semantic", "grey"].map(
  (value) => ({
    value,
    label: value.replace("dog_", ""),
  }),
);

export function RequestForm({ request, scalar, onChange }: Props) {
  const set = (change: Partial<WidgetRequest>) => onChange({ ...request, ...change });
  return (
    <fieldset style={{ border: 0, padding: 0, margin: 0, display: "grid", gap: "var(--s-4)" }}>
      {request.q !== undefined ? (
        <Field label="Query">
          <QueryEditor text={request.q} label="Query" onRun={(q) => set({ q })} />
        </Field>
      ) : (
        <Queries request={request} scalar={scalar} onChange={onChange} />
      )}
      {!scalar && (
        <div style={{ display: "flex", gap: "var(--s-4)" }}>
          <Select
            label="Drawn as"
            value={request.display_type ?? "line"}
            options={SHAPES}
            onChange={(value) => set({ display_type: value as WidgetRequest["display_type"] })}
          />
          <Select
            label="Colors"
            value={request.style?.palette ?? "dog_classic"}
            options={PALETTES}
            onChange={(palette) => set({ style: { ...request.style, palette } })}
          />
          <Select
            label="Axis"
            value={request.on_right_yaxis ? "right" : "left"}
            options={SIDES}
            onChange={(side) => set({ on_right_yaxis: side === "right" })}
          />
        </div>
      )}
    </fieldset>
  );
}

function Queries({ request, scalar, onChange }: Props) {
  const queries = request.queries ?? [];
  const formulas = request.formulas ?? [];
  const set = (change: Partial<WidgetRequest>) => onChange({ ...request, ...change });
  const edit = (index: number, change: Partial<WidgetQuery>) =>
    set({ queries: queries.map((query, at) => (at === index ? { ...query, ...change } : query)) });
  const add = () => {
    const name = `query${queries.length + 1}`;
    const query = {
      name,
      data_source: "metrics",
      query: "avg:system.cpu.user{*}",
      ...(scalar && { aggregator: "avg" }),
    };
    set({ queries: [...queries, query], formulas: [...formulas, { formula: name }] });
  };
  return (
    <>
      {queries.map((query, index) => (
        <div key={query.name} style={{ display: "flex", gap: "var(--s-4)", alignItems: "center" }}>
          <code>{query.name}</code>
          <div style={{ flex: 1, minWidth: 0 }}>
            {query.query !== undefined ? (
              <QueryEditor
                text={query.query}
                label={`Query ${query.name}`}
                onRun={(text) => edit(index, { query: text })}
              />
            ) : (
              <Input
                className="mono"
                aria-label={`Search ${query.name}`}
                value={query.search?.query ?? ""}
                onChange={(event) => edit(index, { search: { query: event.target.value } })}
              />
            )}
          </div>
          {scalar && (
            <Select
              value={query.aggregator ?? "avg"}
              options={REDUCERS}
              onChange={(aggregator) => edit(index, { aggregator })}
            />
          )}
          {queries.length > 1 && (
            <IconButton
              icon="trash"
              label={`Remove ${query.name}`}
              onClick={() =>
                set({
                  queries: queries.filter((_, at) => at !== index),
                  formulas: formulas.filter(
                    (entry) => !new RegExp(`\\b${query.name}\\b`).test(entry.formula),
                  ),
                })
              }
            />
          )}
        </div>
      ))}
      {formulas.map((formula, index) => (
        <div key={index} style={{ display: "flex", gap: "var(--s-4)", alignItems: "center" }}>
          <span className="muted">=</span>
          <FormulaInput
            label="Formula"
            value={formula.formula}
            names={queries.map((query) => query.name)}
            onRun={(text) =>
              set({
                formulas: formulas.map((old, at) => (at === index ? { ...old, formula: text } : old)),
              })
            }
          />
          <Input
            aria-label="Alias"
            placeholder="Shown as"
            value={formula.alias ?? ""}
            onChange={(event) =>
              set({
                formulas: formulas.map((old, at) =>
                  at === index ? { ...old, alias: event.target.value || undefined } : old,
                ),
              })
            }
          />
          {formulas.length > 1 && (
            <IconButton
              icon="trash"
              label={`Remove formula ${index + 1}`}
              onClick={() => set({ formulas: formulas.filter((_, at) => at !== index) })}
            />
          )}
        </div>
      ))}
      <div style={{ display: "flex", gap: "var(--s-4)" }}>
        <Button size="small" icon="plus" onClick={add}>
          Add query
        </Button>
        <Button
          size="small"
          icon="plus"
          onClick={() => set({ formulas: [...formulas, { formula: queries[0]?.name ?? "" }] })}
        >
          Add formula
        </Button>
      </div>
    </>
  );
}
