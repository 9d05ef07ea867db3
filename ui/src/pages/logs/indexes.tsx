/** Logs > Indexes: which logs are stored, how many of them, and for how long. */
import { useState } from "react";
import { Page } from "~/shell/page";
import {
  Async,
  Button,
  Checkbox,
  Confirm,
  Dialog,
  Empty,
  Field,
  IconButton,
  Input,
  Notice,
  Panel,
  Status,
  useMay,
} from "~/ui";
import css from "./config.module.css";
import {
  createIndex,
  deleteIndex,
  type ExclusionFilter,
  type IndexChange,
  type LogIndex,
  orderIndexes,
  updateIndex,
  useConfigChange,
  useIndexes,
} from "./configApi";
import { FilterField } from "./filterField";
import { StoredList } from "./orderedList";
import { WRITE } from "./pipelines";
import { moved } from "./processors";

export default function Indexes() {
  const query = useIndexes();
  const may = useMay(WRITE);
  const [editing, setEditing] = useState<LogIndex | "new">();
  const [deleting, setDeleting] = useState<LogIndex>();
  const order = useConfigChange(
    (items: LogIndex[]) => orderIndexes(items.map((one) => one.name)),
    "Order saved",
  );
  const remove = useConfigChange(deleteIndex, "Index deleted");
  const create = (
    <Button kind="primary" icon="plus" needs={WRITE} onClick={() => setEditing("new")}>
      New index
    </Button>
  );
  return (
    <Page title="Indexes" actions={create}>
      <p className="muted">
        A log goes to the first index whose filter matches it. Logs of no index are stored in{" "}
        <code>main</code>, without limits.
      </p>
      <Async query={query}>
        {(indexes) =>
          indexes.length === 0 ? (
            <Empty title="No indexes found" actions={create}>
              All logs are stored in <code>main</code>. An index can exclude, sample or limit logs, and delete
              them earlier.
            </Empty>
          ) : (
            <StoredList
              label="Indexes"
              items={indexes}
              itemKey={(one) => one.name}
              itemName={(one) => one.name}
              order={order}
              may={may}
              render={(one) => (
                <div className={css.row}>
                  <button type="button" className={css.title} onClick={() => setEditing(one)}>
                    {one.name}
                  </button>
                  <span className={`${css.query} ${css.grow}`}>{one.filter.query || "*"}</span>
                  {one.is_rate_limited && <Status state="warn">Daily limit reached</Status>}
                  <span className="muted num">{summary(one)}</span>
                  <IconButton
                    icon="trash"
                    label={`Delete ${one.name}`}
                    disabled={!may}
                    onClick={() => setDeleting(one)}
                  />
                </div>
              )}
            />
          )
        }
      </Async>
      {editing && (
        <IndexDialog index={editing === "new" ? undefined : editing} onClose={() => setEditing(undefined)} />
      )}
      {deleting && (
        <Confirm
          title={`Delete the index ${deleting.name}?`}
          action="Delete"
          busy={remove.isPending}
          onClose={() => setDeleting(undefined)}
          onConfirm={() => remove.mutate(deleting.name, { onSuccess: () => setDeleting(undefined) })}
        >
          Its logs stay until their retention ends. The name cannot be used again.
        </Confirm>
      )}
    </Page>
  );
}

function summary(one: LogIndex): string {
  const active = one.exclusion_filters.filter((filter) => filter.is_enabled !== false).length;
  return [
    `${one.num_retention_days} days`,
    one.daily_limit ? `${one.daily_limit.toLocaleString("en-US")} logs a day` : "no daily limit",
    `${active} exclusion ${active === 1 ? "filter" : "filters"}`,
  ].join(" · ");
}

const BLANK = { name: "", filter: { query: "" }, exclusion_filters: [] as ExclusionFilter[] };

function IndexDialog({ index, onClose }: { index: LogIndex | undefined; onClose: () => void }) {
  const [name, setName] = useState(index?.name ?? "");
  const [filter, setFilter] = useState(index?.filter.query ?? "");
  const [days, setDays] = useState(index ? String(index.num_retention_days) : "");
  const [limit, setLimit] = useState(index?.daily_limit ? String(index.daily_limit) : "");
  const [resetTime, setResetTime] = useState(index?.daily_limit_reset?.reset_time ?? "14:00");
  const [offset, setOffset] = useState(index?.daily_limit_reset?.reset_utc_offset ?? "+00:00");
  const [warning, setWarning] = useState(
    index?.daily_limit_warning_threshold_percentage
      ? String(index.daily_limit_warning_threshold_percentage)
      : "",
  );
  const [exclusions, setExclusions] = useState<ExclusionFilter[]>(
    index?.exclusion_filters ?? BLANK.exclusion_filters,
  );
  const save = useConfigChange(
    (body: IndexChange) => (index ? updateIndex(body) : createIndex(body)),
    "Index saved",
  );
  const store = () =>
    save.mutate(
      {
        name,
        filter: { query: filter },
        exclusion_filters: exclusions,
        ...(days && { num_retention_days: Number(days) }),
        ...(limit
          ? {
              daily_limit: Number(limit),
              daily_limit_reset: { reset_time: resetTime, reset_utc_offset: offset },
              ...(warning && { daily_limit_warning_threshold_percentage: Number(warning) }),
            }
          : index && { disable_daily_limit: true }),
      },
      { onSuccess: onClose },
    );
  const footer = (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" needs={WRITE} disabled={!name || save.isPending} onClick={store}>
        Save
      </Button>
    </>
  );
  return (
    <Dialog
      title={index ? `Index ${index.name}` : "New index"}
      open
      onClose={onClose}
      footer={footer}
      width={760}
    >
      <div className={css.form}>
        {!index && (
          <Field
            label="Name"
            hint="A letter, then lower-case letters, digits and hyphens. It cannot be changed."
          >
            <Input value={name} onChange={(event) => setName(event.target.value)} />
          </Field>
        )}
        <div>
          <span className={css.label}>Filter</span>
          <FilterField label="Filter" value={filter} onChange={setFilter} />
        </div>
        <div className={css.trio}>
          <Field label="Retention (days)" hint="Empty: that of the server">
            <Input inputMode="numeric" value={days} onChange={(event) => setDays(event.target.value)} />
          </Field>
          <Field label="Daily limit (logs)" hint="Empty: no limit">
            <Input inputMode="numeric" value={limit} onChange={(event) => setLimit(event.target.value)} />
          </Field>
        </div>
        {limit && (
          <div className={css.trio}>
            <Field label="Reset at" hint="HH:MM">
              <Input value={resetTime} onChange={(event) => setResetTime(event.target.value)} />
            </Field>
            <Field label="UTC offset" hint="+HH:MM">
              <Input value={offset} onChange={(event) => setOffset(event.target.value)} />
            </Field>
            <Field label="Warn at (%)" hint="50 to 99.99, empty: never">
              <Input
                inputMode="decimal"
                value={warning}
                onChange={(event) => setWarning(event.target.value)}
              />
            </Field>
          </div>
        )}
        <Exclusions value={exclusions} onChange={setExclusions} />
        {save.error && <Notice state="alert">{save.error.message}</Notice>}
      </div>
    </Dialog>
  );
}

interface ExclusionsProps {
  value: ExclusionFilter[];
  onChange: (value: ExclusionFilter[]) => void;
}

function Exclusions({ value, onChange }: ExclusionsProps) {
  const set = (at: number, next: ExclusionFilter) =>
    onChange(value.map((one, place) => (place === at ? next : one)));
  return (
    <div className={css.column}>
      <span className={css.label}>Exclusion filters</span>
      <p className="muted">
        The first active filter that matches decides. Excluded logs are not stored, but still counted by
        metrics and shown in Live Tail.
      </p>
      {value.map((one, at) => (
        <Panel
          key={at}
          title={one.name || "New exclusion filter"}
          actions={
            <>
              <IconButton
                icon="up"
                label={`Move exclusion filter ${at + 1} up`}
                disabled={at === 0}
                onClick={() => onChange(moved(value, at, at - 1))}
              />
              <IconButton
                icon="trash"
                label={`Delete exclusion filter ${at + 1}`}
                onClick={() => onChange(value.filter((_, place) => place !== at))}
              />
            </>
          }
        >
          <div className={css.panel}>
            <Field label="Name">
              <Input value={one.name} onChange={(event) => set(at, { ...one, name: event.target.value })} />
            </Field>
            <FilterField
              label={`Query of exclusion filter ${at + 1}`}
              value={one.filter.query ?? ""}
              onChange={(query) => set(at, { ...one, filter: { ...one.filter, query } })}
            />
            <div className={css.trio}>
              <PercentField
                value={one.filter.sample_rate}
                onChange={(sample_rate) => set(at, { ...one, filter: { ...one.filter, sample_rate } })}
              />
              <Field label="By attribute" hint="Logs of one value share a fate">
                <Input
                  className={css.code}
                  placeholder="@trace_id"
                  value={one.filter.sample_attribute ?? ""}
                  onChange={(event) =>
                    set(at, {
                      ...one,
                      filter: { ...one.filter, sample_attribute: event.target.value || undefined },
                    })
                  }
                />
              </Field>
              <Checkbox
                checked={one.is_enabled !== false}
                onChange={(is_enabled) => set(at, { ...one, is_enabled })}
              >
                Active
              </Checkbox>
            </div>
          </div>
        </Panel>
      ))}
      <div>
        <Button
          size="small"
          icon="plus"
          onClick={() =>
            onChange([...value, { name: "", is_enabled: true, filter: { query: "", sample_rate: 1 } }])
          }
        >
          Add exclusion filter
        </Button>
      </div>
    </div>
  );
}

function PercentField({ value, onChange }: { value: number; onChange: (value: number) => void }) {
  const [text, setText] = useState(String(Math.round(value * 10_000) / 100));
  const wrong = !(Number(text) >= 0 && Number(text) <= 100) || text.trim() === "";
  return (
    <Field label="Excluded share (%)" error={wrong ? "Expected 0 to 100" : undefined}>
      <Input
        inputMode="decimal"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          const share = Number(event.target.value) / 100;
          if (event.target.value.trim() !== "" && share >= 0 && share <= 1) onChange(share);
        }}
      />
    </Field>
  );
}
