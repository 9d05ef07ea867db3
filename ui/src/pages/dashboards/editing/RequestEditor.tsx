/** One request of a widget: its queries, how it is drawn, and the rules that color it. */
import { Button, Field, IconButton, Input, Select } from "~/ui";
import { QueryEditor } from "~/widgets/query/editor";
import type { ConditionalFormat, WidgetRequest } from "~/widgets/types";
import css from "./editing.module.css";
import { QueryRows } from "./QueryRows";
import { PALETTES } from "./typeOptions";

interface Props {
  request: WidgetRequest;
  /** `timeseries` for lines over time, `scalar` for a number a group. */
  shape: "timeseries" | "scalar";
  /** Whether rules color its numbers. */
  ruled: boolean;
  onChange: (request: WidgetRequest) => void;
  onRemove?: () => void;
}

const options = (values: readonly string[]) =>
  values.map((value) => ({ value, label: value.replace("dog_", "") }));
const SHAPES = options(["line", "area", "bars", "overlay"]);
const SIDES = options(["left", "right"]);
const LINES = options(["solid", "dashed", "dotted"]);
const WIDTHS = options(["thin", "normal", "thick"]);
const ORDERS = options(["tags", "values"]);

export function RequestEditor({ request, shape, ruled, onChange, onRemove }: Props) {
  const set = (change: Partial<WidgetRequest>) => onChange({ ...request, ...change });
  const style = (change: object) => set({ style: { ...request.style, ...change } });
  const scalar = shape === "scalar";
  return (
    <fieldset className={css.section} style={{ border: 0, padding: 0, margin: 0 }}>
      {request.q !== undefined ? (
        <Field label="Query">
          <QueryEditor text={request.q} label="Query" onRun={(q) => set({ q })} />
        </Field>
      ) : (
        <QueryRows request={request} scalar={scalar} onChange={onChange} />
      )}
      {!scalar && (
        <div className={css.row}>
          <Select
            label="Display type"
            value={request.display_type ?? "line"}
            options={SHAPES}
            onChange={(value) => set({ display_type: value as WidgetRequest["display_type"] })}
          />
          <Select
            label="Palette"
            value={request.style?.palette ?? "dog_classic"}
            options={options(PALETTES)}
            onChange={(palette) => style({ palette })}
          />
          <Select
            label="Line"
            value={request.style?.line_type ?? "solid"}
            options={LINES}
            onChange={(line_type) => style({ line_type })}
          />
          <Select
            label="Width"
            value={request.style?.line_width ?? "normal"}
            options={WIDTHS}
            onChange={(line_width) => style({ line_width })}
          />
          <Select
            label="Order by"
            value={request.style?.order_by ?? "tags"}
            options={ORDERS}
            onChange={(order_by) => style({ order_by })}
          />
          <Select
            label="Axis"
            value={request.on_right_yaxis ? "right" : "left"}
            options={SIDES}
            onChange={(side) => set({ on_right_yaxis: side === "right" })}
          />
        </div>
      )}
      {ruled && (
        <Rules
          rules={request.conditional_formats ?? []}
          onChange={(rules) => set({ conditional_formats: rules.length > 0 ? rules : undefined })}
        />
      )}
      {onRemove && (
        <div>
          <Button size="small" icon="trash" onClick={onRemove}>
            Delete these queries
          </Button>
        </div>
      )}
    </fieldset>
  );
}

const COMPARATORS = [">", ">=", "<", "<=", "=", "!="].map((value) => ({ value, label: value }));
const RULE_PALETTES = [
  "white_on_green",
  "white_on_yellow",
  "white_on_red",
  "white_on_gray",
  "black_on_light_green",
  "black_on_light_yellow",
  "black_on_light_red",
  "green_on_white",
  "yellow_on_white",
  "red_on_white",
].map((value) => ({ value, label: value.replaceAll("_", " ") }));

interface RulesProps {
  rules: ConditionalFormat[];
  onChange: (rules: ConditionalFormat[]) => void;
}

function Rules({ rules, onChange }: RulesProps) {
  const edit = (index: number, change: Partial<ConditionalFormat>) =>
    onChange(rules.map((rule, at) => (at === index ? { ...rule, ...change } : rule)));
  return (
    <div className={css.section}>
      {rules.map((rule, index) => (
        <div key={index} className={css.row}>
          <span className="muted">If the value is</span>
          <Select
            value={rule.comparator}
            options={COMPARATORS}
            onChange={(comparator) =>
              edit(index, { comparator: comparator as ConditionalFormat["comparator"] })
            }
          />
          <Input
            type="number"
            aria-label={`Value of rule ${index + 1}`}
            style={{ width: 110 }}
            value={rule.value}
            onChange={(event) => edit(index, { value: Number(event.target.value) })}
          />
          <Select
            value={rule.palette}
            options={
              RULE_PALETTES.some((one) => one.value === rule.palette)
                ? RULE_PALETTES
                : [...RULE_PALETTES, { value: rule.palette, label: rule.palette.replaceAll("_", " ") }]
            }
            onChange={(palette) => edit(index, { palette })}
          />
          <IconButton
            icon="trash"
            label={`Delete rule ${index + 1}`}
            onClick={() => onChange(rules.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      <div>
        <Button
          size="small"
          icon="plus"
          onClick={() => onChange([...rules, { comparator: ">", value: 0, palette: "white_on_red" }])}
        >
          Add rule
        </Button>
      </div>
    </div>
  );
}
