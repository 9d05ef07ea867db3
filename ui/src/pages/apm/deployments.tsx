/** Versions of a service over time, and two of them beside each other. */

import { useEffect } from "react";
import { Link } from "wouter";
import { useMetrics } from "~/api/metrics";
import { formatAgo } from "~/core/time";
import { formatDuration, writeNumber } from "~/core/units";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlParams } from "~/shell/url";
import { Async, Button, type Column, DataTable, Panel, Select } from "~/ui";
import { TimeseriesView } from "~/widgets/timeseries/view";
import type { WidgetDefinition } from "~/widgets/types";
import { type ServicePage, useDeployments, type Version } from "./api";
import { Compare } from "./compareVersions";
import { ServiceGraphMenu } from "./serviceCharts";
import { metricTags, useScope } from "./serviceScope";
import { percent } from "./statColumns";
import css from "./trace.module.css";

export function Deployments({ page }: { page: ServicePage }) {
  const { range } = useTimeRange();
  const scope = useScope();
  const [params, change] = useUrlParams();
  const [before, after] = [params.get("before") ?? "", params.get("after") ?? ""];
  const query = useDeployments(page.service, scope, before, after, range);
  const [versionList, alone] = [query.data?.versions, after !== "" && before === ""];
  useEffect(() => {
    // An address that names only the later version means: with the one before it.
    const at = versionList?.findIndex((one) => one.version === after) ?? -1;
    const earlier = versionList?.[at + 1]?.version;
    if (alone && at >= 0 && earlier) change({ before: earlier });
  }, [alone, after, versionList, change]);
  return (
    <Async query={query}>
      {({ versions, compare }) => (
        <div className={css.sections}>
          {versions.length > 0 && page.summary && (
            <div className={css.charts}>
              {graphsOf(page, metricTags(page.service, { ...scope, version: "" })).map((definition) => (
                <VersionGraph key={definition.title} definition={definition} />
              ))}
            </div>
          )}
          <Panel
            title={`Deployments ${versions.length}`}
            actions={
              versions.length > 1 &&
              !compare && (
                <Button
                  size="small"
                  onClick={() => change({ before: versions[1]!.version, after: versions[0]!.version }, true)}
                >
                  Compare the latest with the one before
                </Button>
              )
            }
          >
            <div style={{ height: 40 + Math.min(10, Math.max(2, versions.length)) * 30 }}>
              <DataTable
                label="Deployments"
                rows={versions}
                columns={columnsOf(range.to)}
                rowKey={(row) => row.version}
                empty="No versions: set DD_VERSION in the application"
              />
            </div>
          </Panel>
          {compare && (
            <Compare
              service={page.service}
              comparison={compare}
              pair={[before, after]}
              actions={
                <>
                  <Chosen label="Before" name="before" value={before} versions={versions} />
                  <Chosen label="After" name="after" value={after} versions={versions} />
                  <Button
                    size="small"
                    icon="close"
                    onClick={() => change({ before: null, after: null }, true)}
                  >
                    Close comparison
                  </Button>
                </>
              }
            />
          )}
        </div>
      )}
    </Async>
  );
}

interface ChosenProps {
  label: string;
  name: string;
  value: string;
  versions: readonly Version[];
}

function Chosen({ label, name, value, versions }: ChosenProps) {
  const [, change] = useUrlParams();
  const names = [...new Set([...versions.map((one) => one.version), value])];
  return (
    <Select
      label={label}
      value={value}
      options={names.map((one) => ({ value: one, label: one }))}
      onChange={(version) => change({ [name]: version })}
    />
  );
}

function graphsOf(page: ServicePage, tags: string): WidgetDefinition[] {
  const metric = `trace.${page.summary?.operation}`;
  const graph = (title: string, q: string, kind: "bars" | "line"): WidgetDefinition => ({
    type: "timeseries",
    title: `${title} of ${page.service} by version`,
    requests: [{ q, display_type: kind }],
  });
  return [
    graph("Requests", `sum:${metric}.hits{${tags}} by {version}.as_count()`, "bars"),
    graph("Errors", `sum:${metric}.errors{${tags}} by {version}.as_count()`, "bars"),
    graph("p95 latency", `p95:${metric}{${tags}} by {version}`, "line"),
  ];
}

function VersionGraph({ definition }: { definition: WidgetDefinition }) {
  const { range } = useTimeRange();
  const request = (definition.requests as { q: string; display_type: "bars" | "line" }[])[0]!;
  const query = useMetrics({ queries: [{ name: "q", query: request.q }] }, range);
  return (
    <Panel
      title={definition.title!.replace(/ of .* by version$/, " by version")}
      busy={query.isFetching}
      actions={<ServiceGraphMenu definition={definition} range={range} />}
      style={{ height: 200 }}
    >
      <TimeseriesView query={query} text={request.q} kind={request.display_type} />
    </Panel>
  );
}

const columnsOf = (now: number): Column<Version>[] => [
  { key: "version", title: "Version", cell: (row) => <b className="truncate">{row.version}</b> },
  { key: "first", title: "First seen", width: "110px", cell: (row) => formatAgo(row.first_seen * 1000, now) },
  { key: "last", title: "Last seen", width: "110px", cell: (row) => formatAgo(row.last_seen * 1000, now) },
  { key: "hits", title: "Requests", number: true, cell: (row) => writeNumber(row.hits) },
  { key: "rate", title: "Requests/s", number: true, cell: (row) => writeNumber(row.hits_per_second) },
  { key: "errors", title: "Errors", number: true, cell: (row) => percent(row.error_rate) },
  { key: "p50", title: "p50", number: true, cell: (row) => formatDuration(row.p50) },
  { key: "p95", title: "p95", number: true, cell: (row) => formatDuration(row.p95) },
  {
    key: "new",
    title: "New error types",
    width: "minmax(140px, 2fr)",
    cell: (row) =>
      row.new_errors.length > 0 && (
        <span className={`${css.errors} truncate`} title={row.new_errors.join(", ")}>
          ◆ {row.new_errors.join(", ")}
        </span>
      ),
  },
  {
    key: "traces",
    title: "",
    width: "70px",
    cell: (row) => (
      <Link href={`/apm/traces?query=${encodeURIComponent(`version:"${row.version}"`)}`}>Traces</Link>
    ),
  },
];
