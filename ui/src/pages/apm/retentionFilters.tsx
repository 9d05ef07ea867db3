/** APM > Retention Filters: which spans searches find, in the order in which filters decide. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { request } from "~/api/client";
import { filterOf, useBuckets } from "~/explorer/api";
import { formatWhole } from "~/explorer/format";
import css from "~/pages/logs/config.module.css";
import { FilterField } from "~/pages/logs/filterField";
import { StoredList } from "~/pages/logs/orderedList";
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
  Status,
  toast,
  useMay,
} from "~/ui";

const WRITE = "apm_retention_filter_write";
const PATH = "/api/v2/apm/config/retention-filters";
const TYPE = "apm_retention_filter";

interface Attributes {
  name: string;
  enabled: boolean;
  filter: { query: string };
  filter_type: "spans-sampling-processor";
  rate: number;
  trace_rate?: number;
}
interface RetentionFilter {
  id: string;
  attributes: Attributes & { execution_order: number; modified_at: number; modified_by: string };
}

const useFilters = () =>
  useQuery({
    queryKey: ["retention-filters"],
    queryFn: async ({ signal }) => (await request<{ data: RetentionFilter[] }>("GET", PATH, { signal })).data,
  });

function useChange<Given>(change: (given: Given) => Promise<unknown>, done: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => {
      toast(done);
      return client.invalidateQueries({ queryKey: ["retention-filters"] });
    },
    onError: (error) => toast(error.message, "alert"),
  });
}

const save = ({ id, attributes }: { id?: string; attributes: Attributes }) =>
  request(id ? "PUT" : "POST", id ? `${PATH}/${id}` : PATH, {
    body: { data: { ...(id && { id }), type: TYPE, attributes } },
  });
const remove = (id: string) => request("DELETE", `${PATH}/${id}`);
const reorder = (filters: RetentionFilter[]) =>
  request("PUT", `${PATH}-execution-order`, {
    body: { data: filters.map((one) => ({ id: one.id, type: TYPE })) },
  });

const percentOf = (rate: number) => `${Number((rate * 100).toFixed(4))}\u2009%`;

export default function RetentionFilters() {
  const query = useFilters();
  const may = useMay(WRITE);
  const [editing, setEditing] = useState<RetentionFilter | "new">();
  const [deleting, setDeleting] = useState<RetentionFilter>();
  const order = useChange(reorder, "Order saved");
  const change = useChange(save, "Filter saved");
  const drop = useChange(remove, "Filter deleted");
  const toggle = ({ id, attributes }: RetentionFilter) => {
    const { name, enabled, filter, filter_type, rate, trace_rate } = attributes;
    const changed = { name, enabled: !enabled, filter, filter_type, rate };
    change.mutate({ id, attributes: trace_rate === undefined ? changed : { ...changed, trace_rate } });
  };
  const create = (
    <Button kind="primary" icon="plus" needs={WRITE} onClick={() => setEditing("new")}>
      New filter
    </Button>
  );
  return (
    <Page title="Retention Filters" actions={create}>
      <p className="muted">
        The first enabled filter that matches a span decides by its rate whether searches find it. A span that
        no filter matches is retained. Statistics, metrics from spans and Error Tracking cover all spans.
      </p>
      <Async query={query}>
        {(filters) =>
          filters.length === 0 ? (
            <Empty title="No retention filters found" actions={create}>
              All spans are retained. Filters with a rate below 100&thinsp;% store fewer.
            </Empty>
          ) : (
            <StoredList
              label="Retention filters"
              items={filters}
              itemKey={(one) => one.id}
              itemName={(one) => one.attributes.name}
              order={order}
              may={may}
              render={(one) => (
                <div className={`${css.row} ${one.attributes.enabled ? "" : css.off}`}>
                  <button type="button" className={css.title} onClick={() => setEditing(one)}>
                    {one.attributes.name}
                  </button>
                  <span className={`${css.query} ${css.grow}`}>{one.attributes.filter.query || "*"}</span>
                  <b className="num">{percentOf(one.attributes.rate)}</b>
                  {one.attributes.trace_rate !== undefined && (
                    <span className="muted num">whole traces {percentOf(one.attributes.trace_rate)}</span>
                  )}
                  {!one.attributes.enabled && <Status state="nodata">Disabled</Status>}
                  <Button size="small" needs={WRITE} onClick={() => toggle(one)}>
                    {one.attributes.enabled ? "Disable" : "Enable"}
                  </Button>
                  <IconButton
                    icon="trash"
                    label={`Delete ${one.attributes.name}`}
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
        <FilterDialog
          filter={editing === "new" ? undefined : editing}
          onClose={() => setEditing(undefined)}
        />
      )}
      {deleting && (
        <Confirm
          title={`Delete the filter ${deleting.attributes.name}?`}
          action="Delete"
          busy={drop.isPending}
          onClose={() => setDeleting(undefined)}
          onConfirm={() => drop.mutate(deleting.id, { onSuccess: () => setDeleting(undefined) })}
        >
          Spans that it matched are decided by the filters after it. Stored spans stay.
        </Confirm>
      )}
    </Page>
  );
}

function FilterDialog({ filter, onClose }: { filter: RetentionFilter | undefined; onClose: () => void }) {
  const known = filter?.attributes;
  const [name, setName] = useState(known?.name ?? "");
  const [query, setQuery] = useState(known?.filter.query ?? "");
  const [rate, setRate] = useState(String((known?.rate ?? 1) * 100));
  const [traceRate, setTraceRate] = useState(
    known?.trace_rate === undefined ? "" : String(known.trace_rate * 100),
  );
  const [enabled, setEnabled] = useState(known?.enabled ?? true);
  const [range] = useState(() => ({ from: Date.now() - 3_600_000, to: Date.now(), live: true }));
  const change = useChange(save, "Filter saved");
  const share = (text: string) => Number(text) / 100;
  const valid = (text: string) => text.trim() !== "" && share(text) >= 0 && share(text) <= 1;
  const ready = name.trim() !== "" && valid(rate) && (traceRate.trim() === "" || valid(traceRate));
  const store = () =>
    change.mutate(
      {
        id: filter?.id,
        attributes: {
          name,
          enabled,
          filter: { query },
          filter_type: "spans-sampling-processor",
          rate: share(rate),
          ...(traceRate.trim() !== "" && { trace_rate: share(traceRate) }),
        },
      },
      { onSuccess: onClose },
    );
  return (
    <Dialog
      title={filter ? known!.name : "New retention filter"}
      open
      onClose={onClose}
      width={680}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" needs={WRITE} disabled={!ready || change.isPending} onClick={store}>
            {filter ? "Save" : "Create filter"}
          </Button>
        </>
      }
    >
      <div className={css.form}>
        <Field label="Name">
          <Input value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <div>
          <span className={css.label}>Spans that match</span>
          <FilterField source="spans" label="Filter" value={query} onChange={setQuery} />
        </div>
        <div className={css.pair}>
          <Field label="Span rate, %" hint="Share of these spans that searches find">
            <Input inputMode="decimal" value={rate} onChange={(event) => setRate(event.target.value)} />
          </Field>
          <Field label="Trace rate, %" hint="Of those, share whose whole trace is found">
            <Input
              inputMode="decimal"
              value={traceRate}
              placeholder="0"
              onChange={(event) => setTraceRate(event.target.value)}
            />
          </Field>
        </div>
        <Checkbox checked={enabled} onChange={setEnabled}>
          Enabled
        </Checkbox>
        <Affected query={query} rate={valid(rate) ? share(rate) : undefined} range={range} />
        {change.error && <Notice state="alert">{change.error.message}</Notice>}
      </div>
    </Dialog>
  );
}

interface AffectedProps {
  query: string;
  rate: number | undefined;
  range: { from: number; to: number; live: boolean };
}

/** How many stored spans of the past hour match, and how many of them would have been retained. */
function Affected({ query, rate, range }: AffectedProps) {
  const count = [{ aggregation: "count" }];
  const matching = useBuckets("spans", { filter: filterOf(query, range), compute: count });
  const all = useBuckets("spans", { filter: filterOf("*", range), compute: count });
  const number = (found: typeof matching) => Number(found.data?.[0]?.computes.c0 ?? 0);
  if (matching.error) return <Notice state="alert">{matching.error.message}</Notice>;
  if (!matching.data || !all.data) return <p className="muted">Counting spans of the past hour</p>;
  return (
    <p className="muted">
      <b className="num">{formatWhole(number(matching))}</b> of {formatWhole(number(all))} stored spans of the
      past hour match
      {rate !== undefined && (
        <>
          ; about <b className="num">{formatWhole(number(matching) * rate)}</b> of them would be retained if
          this filter came first
        </>
      )}
      .
    </p>
  );
}
