/** Requests, errors and latency of a service or a resource over time, each with its menu. */

import { useMemo, useState } from "react";
import type { ChartSeries, ChartSpec } from "~/core/chart/model";
import type { TimeRange } from "~/core/time";
import { ExportDialog } from "~/explorer/exportDialog";
import { MenuItem, Panel } from "~/ui";
import { GraphMenu } from "~/widgets/graphMenu";
import { TimeseriesChart } from "~/widgets/timeseries/chart";
import type { WidgetDefinition } from "~/widgets/types";
import type { Scope, ServicePage, Version } from "./api";
import { metricTags } from "./serviceScope";
import css from "./trace.module.css";

type Line = Pick<ChartSeries, "label" | "color" | "kind"> & {
  values: number[] | undefined;
  unit?: ChartSeries["unit"];
};

interface ChartsProps {
  page: ServicePage;
  range: TimeRange;
  scope: Scope;
  resource: string;
  /** The operation of the metrics; the service's main one without it. */
  operation?: string;
  /** Marked in every graph. */
  deployments?: readonly Pick<Version, "version" | "first_seen">[];
}

/** The metrics of which a graph is made, so that monitors and dashboards can be made of it. */
function definitionOf(title: string, { page, scope, resource, operation }: ChartsProps): WidgetDefinition {
  const metric = `trace.${operation ?? page.summary?.operation ?? "*"}`;
  const filter = `{${metricTags(page.service, scope, resource)}}`;
  const queries: Record<string, string[]> = {
    Requests: [`sum:${metric}.hits${filter}.as_count()`],
    Errors: [`sum:${metric}.errors${filter}.as_count()`],
    Latency: ["p50", "p95", "p99"].map((one) => `${one}:${metric}${filter}`),
  };
  const kind = title === "Latency" ? "line" : "bars";
  const requests = (queries[title] ?? []).map((q) => ({ q, display_type: kind }));
  return { type: "timeseries", title: `${title} of ${page.service}`, requests };
}

/** The menu of a graph of this page, which can be put on a dashboard as well. */
export function ServiceGraphMenu({ definition, range }: { definition: WidgetDefinition; range: TimeRange }) {
  const [adding, setAdding] = useState(false);
  return (
    <>
      <GraphMenu definition={definition} window={range}>
        <MenuItem icon="dashboard" onSelect={() => setAdding(true)}>
          Add to dashboard…
        </MenuItem>
      </GraphMenu>
      {adding && (
        <ExportDialog
          target="dashboard"
          title={definition.title ?? ""}
          widget={(title) => ({ ...definition, title })}
          onClose={() => setAdding(false)}
        />
      )}
    </>
  );
}

const NO_DEPLOYMENTS: NonNullable<ChartsProps["deployments"]> = [];

export function Charts(props: ChartsProps) {
  const { page, range, deployments = NO_DEPLOYMENTS } = props;
  const { timeline } = page;
  const specs = useMemo(() => {
    const chart = (lines: Line[]): ChartSpec => ({
      times: timeline.times ?? [],
      from: range.from / 1000,
      to: range.to / 1000,
      series: lines.map((line) => ({ ...line, key: line.label, values: line.values ?? [] })),
      events: deployments.map(({ version, first_seen }) => ({
        time: first_seen,
        label: `Deployed ${version}`,
        severity: "info",
      })),
    });
    const seconds = [{ name: "second" }] as const;
    const latency = (label: "p50" | "p95" | "p99", color: string): Line => ({
      label,
      color,
      kind: "line",
      values: timeline[label],
      unit: seconds,
    });
    return [
      ["Requests", chart([{ label: "requests", color: "--c1", kind: "bars", values: timeline.hits }])],
      ["Errors", chart([{ label: "errors", color: "--alert", kind: "bars", values: timeline.errors }])],
      ["Latency", chart([latency("p50", "--c1"), latency("p95", "--c2"), latency("p99", "--c4")])],
    ] as const;
  }, [timeline, range, deployments]);
  return (
    <div className={css.charts}>
      {specs.map(([title, spec]) => (
        <Panel
          key={title}
          title={title}
          actions={<ServiceGraphMenu definition={definitionOf(title, props)} range={range} />}
        >
          <TimeseriesChart spec={spec} height={150} />
        </Panel>
      ))}
    </div>
  );
}
