/** What nobody looks at: metrics that nobody queried, dashboards and monitors that nobody opened, with their cost. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { api } from "~/api/client";
import type { components } from "~/api/schema";
import { formatAgo } from "~/core/time";
import { Page } from "~/shell/page";
import { useUrlState } from "~/shell/url";
import {
  Async,
  Button,
  type Column,
  DataTable,
  Empty,
  Panel,
  Segments,
  Select,
  Toolbar,
  useFormer,
} from "~/ui";
import { download, toCsv } from "~/widgets/csv";

type Unused = components["schemas"]["Unused"];
type Metric = components["schemas"]["UnusedMetric"];
type Asset = components["schemas"]["UnusedAsset"];

const DAYS = [
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
] as const;

const KINDS = ["metrics", "dashboards", "monitors"] as const;
type Kind = (typeof KINDS)[number];
const LABELS = { metrics: "Metrics", dashboards: "Dashboards", monitors: "Monitors" } as const;

function moment(time: string | null) {
  if (time === null) return <span className="muted">Never</span>;
  return <span className="num">{formatAgo(Date.parse(time), Date.now())}</span>;
}

function numbers<Row>(key: keyof Row & string, title: string): Column<Row> {
  const read = (row: Row) => row[key] as number;
  return { key, title, number: true, sort: read, cell: (row) => read(row).toLocaleString() };
}

function times<Row>(key: keyof Row & string, title: string): Column<Row> {
  const read = (row: Row) => (row[key] as string | null) ?? null;
  return { key, title, sort: (row) => read(row) ?? "", cell: (row) => moment(read(row)) };
}

const METRICS: Column<Metric>[] = [
  {
    key: "name",
    title: "Metric",
    width: "minmax(240px, 3fr)",
    sort: (row) => row.name,
    cell: (row) => (
      <Link href={`/metric/summary?${new URLSearchParams({ metric: row.name })}`}>{row.name}</Link>
    ),
  },
  numbers("series", "Series"),
  numbers("points", "Points of the past day"),
  times("last_queried", "Last queried"),
  numbers("assets", "Used by"),
];

function assetColumns(kind: "dashboards" | "monitors"): Column<Asset>[] {
  return [
    {
      key: "title",
      title: kind === "dashboards" ? "Dashboard" : "Monitor",
      width: "minmax(240px, 3fr)",
      sort: (row) => row.title,
      cell: (row) => <Link href={row.url}>{row.title || "(unnamed)"}</Link>,
    },
    { key: "author", title: "Creator", sort: (row) => row.author, cell: (row) => row.author },
    numbers("metrics", "Metrics"),
    numbers("series", "Series of these"),
    times("created", "Created"),
    times("last_viewed", "Last opened"),
    ...(kind === "monitors" ? [times<Asset>("last_alert", "State changed")] : []),
  ];
}

function csvOf(kind: Kind, data: Unused): string {
  if (kind === "metrics") {
    const rows = data.metrics.map((one) => [one.name, one.series, one.points, one.last_queried, one.assets]);
    return toCsv([["metric", "series", "points", "last_queried", "used_by"], ...rows]);
  }
  const rows = data[kind].map((one) => [
    one.id,
    one.title,
    one.author,
    one.metrics,
    one.series,
    one.created,
    one.last_viewed,
    one.last_alert,
  ]);
  const head = ["id", "title", "creator", "metrics", "series", "created", "last_opened", "state_changed"];
  return toCsv([head, ...rows]);
}

export default function UnusedPage() {
  const [days, setDays] = useUrlState("days", "30");
  const [chosen, setKind] = useUrlState("kind", "metrics");
  const kind = KINDS.find((one) => one === chosen) ?? "metrics";
  const query = useQuery({
    queryKey: ["usage", "unused", days],
    queryFn: async ({ signal }) =>
      (await api.GET("/api/ui/unused", { params: { query: { days: Number(days) || 30 } }, signal })).data!,
    placeholderData: keepPreviousData,
  });
  const { data } = query;
  const former = useFormer(query, days);
  return (
    <Page title="Unused">
      <Toolbar>
        <Segments
          label="What"
          value={kind}
          options={KINDS.map((value) => ({
            value,
            label: data ? `${LABELS[value]} (${data[value].length.toLocaleString()})` : LABELS[value],
          }))}
          onChange={setKind}
        />
        <Select label="Unused for" value={days as "30"} options={DAYS} onChange={setDays} />
        <Button
          icon="download"
          disabled={!data || query.isPlaceholderData || data[kind].length === 0}
          onClick={() => data && download(`unused-${kind}.csv`, csvOf(kind, data))}
        >
          CSV
        </Button>
      </Toolbar>
      <Panel
        title={kind === "metrics" ? "Metrics that nobody queried" : `${LABELS[kind]} that nobody opened`}
        hint={
          kind === "metrics"
            ? "Evaluations of monitors and SLOs are no queries of a person: see Used by."
            : "Those that are younger than that are left out."
        }
        busy={query.isFetching}
      >
        <Async query={query} former={former}>
          {(found) => {
            if (found[kind].length === 0) return <Empty title="Everything is looked at" />;
            return kind === "metrics" ? (
              <DataTable
                label="Unused metrics"
                rows={found.metrics}
                columns={METRICS}
                rowKey={(row) => row.name}
              />
            ) : (
              <DataTable
                key={kind}
                label={`Unused ${kind}`}
                rows={found[kind]}
                columns={assetColumns(kind)}
                rowKey={(row) => row.id}
              />
            );
          }}
        </Async>
      </Panel>
    </Page>
  );
}
