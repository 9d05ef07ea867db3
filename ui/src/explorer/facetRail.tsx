/** The rail of facets: values with counts, to include, exclude or show alone; measures with their range. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type TimeRange, timeAsked } from "~/core/time";
import { Button, Combobox, Icon, IconButton, Input, Menu, MenuItem, Popover, useFormer } from "~/ui";
import { type Facet, fetchValues, useFacets, useFields, useMeasure, type ValueCount } from "./api";
import css from "./explorer.module.css";
import { formatWhole, writeMeasure } from "./format";
import { valuesOf, withoutField, withTerm, withText, withValues } from "./terms";
import { STATUS_COLORS } from "./types";

interface RailProps {
  source: string;
  query: string;
  range: TimeRange;
  fields: readonly string[];
  own: readonly string[];
  measures: readonly string[];
  /** Measures that the person made of facets. */
  ownMeasures: readonly string[];
  statusField: string;
  onQuery: (query: string) => void;
  onOwn: (fields: string[]) => void;
  onOwnMeasures: (fields: string[]) => void;
  onColumn: (field: string) => void;
}

export function FacetRail(props: RailProps) {
  const { source, query, range, fields, own, ownMeasures, onOwn, onOwnMeasures } = props;
  const measures = [...props.measures, ...ownMeasures];
  const [filter, setFilter] = useState("");
  const [adding, setAdding] = useState(false);
  const wanted = filter.toLowerCase();
  const shown = [...fields, ...own.filter((field) => !fields.includes(field))].filter(
    (field) => field.toLowerCase().includes(wanted) && !ownMeasures.includes(field),
  );
  const numbers = measures.filter((field) => field.toLowerCase().includes(wanted));
  const found = useFacets(source, query, range, shown);
  const former = useFormer(found, query, timeAsked(range), shown);
  const names = useFields(source, range);
  const known = new Set([...fields, ...own, ...measures]);
  const options = (names.data?.fields ?? []).map((one) => one.field).filter((field) => !known.has(field));
  return (
    <aside className={css.rail} aria-label="Facets" aria-busy={former || undefined}>
      <div className={css.railHead}>
        <Input
          aria-label="Filter facets"
          placeholder="Filter facets"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
        <Popover
          label="Add facet"
          open={adding}
          onOpenChange={setAdding}
          trigger={<IconButton icon="plus" label="Add facet" />}
        >
          <div className={css.addFacet}>
            <Combobox
              label="Field"
              value={null}
              options={options}
              onChange={(field) => {
                if (field) onOwn([...own, field]);
                setAdding(false);
              }}
            />
          </div>
        </Popover>
      </div>
      {found.error && <p className={css.railError}>Could not load facets. {String(found.error.message)}</p>}
      {shown.map((field) => (
        <FacetBox
          key={field}
          {...props}
          field={field}
          facet={found.data?.find((one) => one.field === field)}
          onRemove={own.includes(field) ? () => onOwn(own.filter((one) => one !== field)) : undefined}
          onRange={field.startsWith("@") ? () => onOwnMeasures([...ownMeasures, field]) : undefined}
        />
      ))}
      {numbers.map((field) => (
        <MeasureBox
          key={field}
          {...props}
          field={field}
          onValues={
            ownMeasures.includes(field)
              ? () => {
                  onOwnMeasures(ownMeasures.filter((one) => one !== field));
                  if (!fields.includes(field) && !own.includes(field)) onOwn([...own, field]);
                }
              : undefined
          }
        />
      ))}
    </aside>
  );
}

interface BoxProps extends RailProps {
  field: string;
  facet?: Facet;
  onRemove?: () => void;
  /** Show the numbers of the field with their range in place of its values. */
  onRange?: () => void;
}

function useOpen(source: string, field: string, fallback: boolean): [boolean, () => void] {
  const key = `explorer.${source}.facet.${field}`;
  const [open, setOpen] = useState(() => (localStorage.getItem(key) ?? String(fallback)) === "true");
  return [
    open,
    () => {
      localStorage.setItem(key, String(!open));
      setOpen(!open);
    },
  ];
}

function FacetBox({
  source,
  query,
  range,
  field,
  facet,
  statusField,
  onQuery,
  onColumn,
  onRemove,
  onRange,
}: BoxProps) {
  const [open, toggle] = useOpen(source, field, true);
  const [text, setText] = useState("");
  const [searching, setSearching] = useState(false);
  const chosen = valuesOf(query, field);
  const filtered = chosen.included.length + chosen.excluded.length > 0;
  // Values of the field whatever is chosen of it, so that others can be added.
  const others = useQuery({
    queryKey: [
      "explorer",
      source,
      "facet-values",
      withoutField(query, field),
      range.from,
      range.to,
      field,
      text,
    ],
    enabled: open && (text !== "" || filtered),
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) => fetchValues(source, withoutField(query, field), range, field, text, signal),
  });
  const listed = (text !== "" || filtered ? others.data?.values : facet?.values) ?? facet?.values ?? [];
  const values = complete(listed.slice(0, 12), chosen);
  const name = titleOf(field);
  return (
    <section className={css.facet} data-open={open || undefined}>
      <header>
        <button type="button" aria-expanded={open} onClick={toggle} title={field}>
          <Icon name={open ? "down" : "right"} size={12} />
          <span className="truncate">{name}</span>
          {filtered && <i className={css.dot} title="Filtered" />}
        </button>
        <Menu align="end" trigger={<IconButton icon="more" label={`Options of facet ${name}`} small />}>
          <MenuItem onSelect={() => setSearching(!searching)}>Search values</MenuItem>
          <MenuItem onSelect={() => onColumn(field)}>Add or remove column</MenuItem>
          <MenuItem disabled={!filtered} onSelect={() => onQuery(withoutField(query, field))}>
            Clear filter
          </MenuItem>
          {onRange && <MenuItem onSelect={onRange}>Show as a range of numbers</MenuItem>}
          {onRemove && <MenuItem onSelect={onRemove}>Remove facet</MenuItem>}
        </Menu>
      </header>
      {open && (
        <>
          {(searching || text !== "") && (
            <Input
              aria-label={`Search values of ${name}`}
              placeholder="Search values"
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
          {values.length === 0 && <p className="muted">{facet ? "No values" : "Loading"}</p>}
          <ul>
            {values.map((one) => (
              <FacetValue
                key={one.value}
                value={one}
                color={field === statusField ? STATUS_COLORS[one.value] : undefined}
                included={isIncluded(one.value, chosen)}
                onOnly={() => onQuery(withTerm(withoutField(query, field), { field, value: one.value }))}
                onToggle={() => onQuery(toggled(query, field, one.value))}
                onExclude={() => onQuery(withTerm(query, { field, value: one.value, excluded: true }))}
              />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

type Chosen = { included: string[]; excluded: string[] };

/** The values that were counted, and those that are chosen but did not occur. */
function complete(values: readonly ValueCount[], chosen: Chosen): ValueCount[] {
  const known = new Set(values.map((one) => one.value));
  const missing = [...chosen.included, ...chosen.excluded].filter((value) => !known.has(value));
  return [...values, ...missing.filter((value) => !/[*?]/.test(value)).map((value) => ({ value, count: 0 }))];
}

const isIncluded = (value: string, { included, excluded }: Chosen) =>
  included.length > 0 ? included.includes(value) : !excluded.includes(value);

/** A checkbox adds a value to those that are shown, or takes it away. */
function toggled(query: string, field: string, value: string): string {
  const { included, excluded } = valuesOf(query, field);
  if (included.length > 0) {
    const next = included.includes(value) ? included.filter((one) => one !== value) : [...included, value];
    return withValues(query, field, next, excluded);
  }
  const next = excluded.includes(value) ? excluded.filter((one) => one !== value) : [...excluded, value];
  return withValues(query, field, [], next);
}

interface ValueProps {
  value: ValueCount;
  color?: string;
  included: boolean;
  onOnly: () => void;
  onToggle: () => void;
  onExclude: () => void;
}

function FacetValue({ value, color, included, onOnly, onToggle, onExclude }: ValueProps) {
  return (
    <li data-off={!included || undefined}>
      <input
        type="checkbox"
        checked={included}
        aria-label={`Include ${value.value}`}
        onChange={onToggle}
        style={color ? { accentColor: `var(${color})` } : undefined}
      />
      <button
        type="button"
        className="truncate"
        title={value.value}
        aria-label={`Only ${value.value}`}
        onClick={onOnly}
      >
        {value.value}
      </button>
      <span className={css.valueActions}>
        <button type="button" onClick={onOnly}>
          only
        </button>
        <button type="button" aria-label={`Exclude ${value.value}`} title="Exclude" onClick={onExclude}>
          ≠
        </button>
      </span>
      <span className="muted num">{formatWhole(value.count)}</span>
    </li>
  );
}

interface MeasureProps extends RailProps {
  field: string;
  /** Show the field's values again. */
  onValues?: () => void;
}

function MeasureBox({ source, query, range, field, onQuery, onColumn, onValues }: MeasureProps) {
  const [open, toggle] = useOpen(source, `${field}.range`, onValues !== undefined);
  const found = useMeasure(source, withoutField(query, field), range, field, open);
  const [low, setLow] = useState("");
  const [high, setHigh] = useState("");
  const { min, max, buckets } = found.data ?? { min: null, max: null, buckets: [] };
  const most = Math.max(...buckets, 1);
  const apply = (from: string, to: string) => {
    const rest = withoutField(query, field);
    onQuery(from || to ? withText(rest, `${field}:[${from || "*"} TO ${to || "*"}]`) : rest);
  };
  const width = min !== null && max !== null ? (max - min) / buckets.length : 0;
  return (
    <section className={css.facet} data-open={open || undefined}>
      <header>
        <button type="button" aria-expanded={open} onClick={toggle} title={field}>
          <Icon name={open ? "down" : "right"} size={12} />
          <span className="truncate">{titleOf(field)}</span>
        </button>
        <Menu
          align="end"
          trigger={<IconButton icon="more" label={`Options of measure ${titleOf(field)}`} small />}
        >
          <MenuItem onSelect={() => onColumn(field)}>Add or remove column</MenuItem>
          <MenuItem onSelect={() => onQuery(withoutField(query, field))}>Clear filter</MenuItem>
          {onValues && <MenuItem onSelect={onValues}>Show as values</MenuItem>}
        </Menu>
      </header>
      {open && min === null && <p className="muted">{found.isFetching ? "Loading" : "No numbers"}</p>}
      {open && min !== null && max !== null && (
        <>
          <div
            className={css.histogram}
            role="img"
            aria-label={`From ${writeMeasure(field, min)} to ${writeMeasure(field, max)}`}
          >
            {buckets.map((count, at) => (
              <button
                key={at}
                type="button"
                title={`${writeMeasure(field, min + at * width)} to ${writeMeasure(field, min + (at + 1) * width)}: ${formatWhole(count)}`}
                style={{ height: `${Math.max((count / most) * 100, count > 0 ? 4 : 0)}%` }}
                onClick={() => apply(String(min + at * width), String(min + (at + 1) * width))}
              />
            ))}
          </div>
          <form
            className={css.bounds}
            onSubmit={(event) => {
              event.preventDefault();
              apply(low, high);
            }}
          >
            <Input
              aria-label={`Least ${field}`}
              placeholder={writeMeasure(field, min)}
              value={low}
              onChange={(e) => setLow(e.target.value)}
            />
            <span>to</span>
            <Input
              aria-label={`Most ${field}`}
              placeholder={writeMeasure(field, max)}
              value={high}
              onChange={(e) => setHigh(e.target.value)}
            />
            <Button size="small" type="submit">
              Apply
            </Button>
          </form>
        </>
      )}
    </section>
  );
}

const TITLES: Record<string, string> = {
  operation_name: "Operation",
  resource_name: "Resource",
  env: "Env",
};

export function titleOf(field: string): string {
  const bare = field.replace(/^@/, "");
  if (TITLES[field]) return TITLES[field];
  return field.startsWith("@") ? bare : bare.slice(0, 1).toUpperCase() + bare.slice(1);
}
