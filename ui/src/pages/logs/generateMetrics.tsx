/** Generate Metrics: metrics made of logs or spans as they arrive. */
import { useState } from "react";
import { Link } from "wouter";
import { useFields } from "~/explorer/api";
import { Page } from "~/shell/page";
import { useUrlParams } from "~/shell/url";
import {
  Async,
  Button,
  Checkbox,
  type Column,
  Combobox,
  Confirm,
  DataTable,
  Dialog,
  Empty,
  Field,
  IconButton,
  Input,
  Notice,
  SearchInput,
  Segments,
  Tag,
  Toolbar,
  useMay,
} from "~/ui";
import css from "./config.module.css";
import {
  createMetric,
  type DerivedMetric,
  deleteMetric,
  LOG_METRICS,
  type MetricKind,
  updateMetric,
  useConfigChange,
  useDerivedMetrics,
} from "./configApi";
import { FilterField } from "./filterField";
import { MetricPreview } from "./metricPreview";

export default function GenerateMetrics() {
  return <DerivedMetrics kind={LOG_METRICS} />;
}

export function DerivedMetrics({ kind }: { kind: MetricKind }) {
  const query = useDerivedMetrics(kind);
  const [params, setParams] = useUrlParams();
  const [search, setSearch] = useState("");
  const [editing, setEditing] = useState<DerivedMetric>();
  const [deleting, setDeleting] = useState<DerivedMetric>();
  const may = useMay(kind.permission);
  const remove = useConfigChange(deleteMetric(kind), "Metric deleted");
  // The log explorer comes with what it shows.
  const adding = params.get("new") === "1";
  const open = (add: boolean) =>
    setParams({ new: add ? "1" : null, query: null, group_by: null, measure: null }, true);
  const create = (
    <Button kind="primary" icon="plus" needs={kind.permission} onClick={() => open(true)}>
      New metric
    </Button>
  );
  const words = search.trim().toLowerCase();
  return (
    <Page title="Generate Metrics" fill actions={create}>
      <Toolbar>
        <SearchInput
          main
          value={search}
          onChange={setSearch}
          placeholder={`Search metrics from ${kind.source}`}
        />
      </Toolbar>
      <Async query={query}>
        {(metrics) =>
          metrics.length === 0 ? (
            <Empty title={`No metrics from ${kind.source} found`} actions={create}>
              A metric counts {kind.source}, or measures a number in them, for as long as metrics are stored.
              It covers {kind.covers}.
            </Empty>
          ) : (
            <DataTable
              label={`Metrics from ${kind.source}`}
              rows={metrics.filter((one) =>
                `${one.id} ${one.attributes.filter.query}`.toLowerCase().includes(words),
              )}
              columns={columnsOf(may, setDeleting)}
              rowKey={(one) => one.id}
              onRow={setEditing}
              empty="No metrics match your search"
            />
          )
        }
      </Async>
      {(editing || adding) && (
        <MetricDialog
          kind={kind}
          metric={editing}
          start={{
            query: params.get("query") ?? "",
            groups: (params.get("group_by") ?? "").split(",").filter(Boolean),
            measure: params.get("measure") ?? "",
          }}
          onClose={() => {
            setEditing(undefined);
            if (adding) open(false);
          }}
        />
      )}
      {deleting && (
        <Confirm
          title={`Delete ${deleting.id}?`}
          action="Delete"
          busy={remove.isPending}
          onClose={() => setDeleting(undefined)}
          onConfirm={() => remove.mutate(deleting.id, { onSuccess: () => setDeleting(undefined) })}
        >
          No new points are made. Points that are stored stay.
        </Confirm>
      )}
    </Page>
  );
}

const computeOf = ({ aggregation_type, path }: DerivedMetric["attributes"]["compute"]) =>
  aggregation_type === "count" ? "Count" : `Distribution of ${path}`;

const columnsOf = (may: boolean, onDelete: (metric: DerivedMetric) => void): Column<DerivedMetric>[] => [
  {
    key: "name",
    title: "Metric",
    width: "minmax(160px, 2fr)",
    sort: (one) => one.id,
    cell: (one) => one.id,
  },
  {
    key: "query",
    title: "Filter",
    width: "minmax(160px, 3fr)",
    sort: (one) => one.attributes.filter.query,
    cell: (one) => <span className={`${css.query} truncate`}>{one.attributes.filter.query || "*"}</span>,
  },
  {
    key: "compute",
    title: "Measure",
    width: "minmax(120px, 1fr)",
    sort: (one) => computeOf(one.attributes.compute),
    cell: (one) => computeOf(one.attributes.compute),
  },
  {
    key: "groups",
    title: "Group by",
    width: "minmax(120px, 1fr)",
    cell: (one) => one.attributes.group_by.map((group) => group.tag_name).join(", "),
  },
  {
    key: "actions",
    title: "",
    width: "80px",
    cell: (one) => (
      <span onClick={(event) => event.stopPropagation()} onKeyDown={(event) => event.stopPropagation()}>
        <Link
          href={`/metric/explorer?q=${encodeURIComponent(
            `${one.attributes.compute.aggregation_type === "count" ? "sum" : "avg"}:${one.id}{*}`,
          )}`}
          aria-label={`View ${one.id}`}
          title="View in Metrics Explorer"
        >
          View
        </Link>
        <IconButton icon="trash" label={`Delete ${one.id}`} disabled={!may} onClick={() => onDelete(one)} />
      </span>
    ),
  },
];

const choicesOf = ({ source }: MetricKind) =>
  [
    { value: "count", label: `Count of ${source}` },
    { value: "distribution", label: "Distribution of a number" },
  ] as const;

interface MetricDialogProps {
  kind: MetricKind;
  metric: DerivedMetric | undefined;
  start: { query: string; groups: string[]; measure: string };
  onClose: () => void;
}

function MetricDialog({ kind: made, metric, start, onClose }: MetricDialogProps) {
  const known = metric?.attributes;
  const [name, setName] = useState(metric?.id ?? "");
  const [query, setQuery] = useState(known?.filter.query ?? start.query);
  const [kind, setKind] = useState(
    known?.compute.aggregation_type ?? (start.measure ? "distribution" : "count"),
  );
  const [path, setPath] = useState(known?.compute.path ?? start.measure);
  const [percentiles, setPercentiles] = useState(known?.compute.include_percentiles ?? true);
  const [groups, setGroups] = useState(
    known?.group_by ?? start.groups.map((one) => ({ path: one, tag_name: one.replace(/^@/, "") })),
  );
  const [range] = useState(() => ({ from: Date.now() - 3_600_000, to: Date.now(), live: true }));
  const fields = (useFields(made.source, range).data?.fields ?? []).map((one) => one.field);
  const save = useConfigChange(metric ? updateMetric(made) : createMetric(made), "Metric saved");
  const store = () =>
    save.mutate(
      {
        id: name,
        attributes: {
          compute:
            kind === "count"
              ? { aggregation_type: kind }
              : { aggregation_type: kind, path, include_percentiles: percentiles },
          filter: { query },
          group_by: groups,
        },
      },
      { onSuccess: onClose },
    );
  const ready = name !== "" && (kind === "count" || path !== "");
  const footer = (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" needs={made.permission} disabled={!ready || save.isPending} onClick={store}>
        {metric ? "Save" : "Create metric"}
      </Button>
    </>
  );
  return (
    <Dialog
      title={metric ? metric.id : `New metric from ${made.source}`}
      open
      onClose={onClose}
      footer={footer}
      width={820}
    >
      <div className={css.form}>
        <div>
          <span className={css.label}>Filter</span>
          <FilterField source={made.source} label="Filter" value={query} onChange={setQuery} />
        </div>
        {metric ? (
          <p className="muted">{computeOf(metric.attributes.compute)}. What is measured cannot be changed.</p>
        ) : (
          <div className={css.row}>
            <Segments label="Measure" value={kind} options={choicesOf(made)} onChange={setKind} />
            {kind === "distribution" && (
              <Combobox
                label="Number"
                value={path || null}
                options={fields}
                onChange={(one) => setPath(one ?? "")}
              />
            )}
          </div>
        )}
        {kind === "distribution" && (
          <Checkbox checked={percentiles} onChange={setPercentiles}>
            Include percentiles (p50, p75, p90, p95, p99)
          </Checkbox>
        )}
        <div className={css.row}>
          <span className={css.label}>Group by</span>
          {groups.map((one) => (
            <span key={one.path} title="Remove">
              <Tag onClick={() => setGroups(groups.filter((other) => other !== one))}>{one.path}</Tag>
            </span>
          ))}
          <Combobox
            key={groups.length}
            label="Add a field"
            value={null}
            options={fields.filter((field) => groups.every((one) => one.path !== field))}
            onChange={(field) =>
              field && setGroups([...groups, { path: field, tag_name: field.replace(/^@/, "") }])
            }
          />
        </div>
        <Field
          label="Name"
          hint={metric ? undefined : "Letters, digits, _ and . such as shop.payments.failed"}
        >
          <Input
            value={name}
            disabled={metric !== undefined}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        <MetricPreview
          source={made.source}
          query={query}
          measure={kind === "count" ? "" : path}
          groups={groups.map((one) => one.path)}
          range={range}
        />
        {save.error && <Notice state="alert">{save.error.message}</Notice>}
      </div>
    </Dialog>
  );
}
