/** `alert_graph` and `alert_value`: what a monitor watches, as a graph or as its last value. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { request } from "~/api/client";
import { Async } from "~/ui";
import { alertGraph, type MonitorParts } from "../alertQuery";
import { NoData } from "../NoData";
import type { WidgetDefinition } from "../types";
import { QueryValue } from "./QueryValue";
import { Timeseries } from "./Timeseries";
import { Toplist } from "./Toplist";

function useMonitor(definition: WidgetDefinition) {
  const id = String(definition.alert_id ?? "");
  return useQuery({
    queryKey: ["widget-monitor", id],
    // The list, not the monitor itself: a dashboard of elsewhere names monitors that are not here.
    // The list's own signal: who leaves while it is on its way must not take it from the others.
    queryFn: async ({ client }) => {
      const all = await client.fetchQuery({
        queryKey: ["widget-monitors"],
        queryFn: ({ signal }) =>
          request<(MonitorParts & { id: number })[]>("GET", "/api/v1/monitor", { signal }),
        staleTime: 60_000,
      });
      return all.find((monitor) => String(monitor.id) === id) ?? null;
    },
    retry: false,
    staleTime: 60_000,
  });
}

export function AlertGraph({ definition }: { definition: WidgetDefinition }) {
  const monitor = useMonitor(definition);
  return (
    <Async query={monitor}>
      {(found) =>
        found ? <Graph definition={definition} monitor={found} /> : <Missing definition={definition} />
      }
    </Async>
  );
}

function Graph({ definition, monitor }: { definition: WidgetDefinition; monitor: MonitorParts }) {
  const graph = useMemo(() => alertGraph(definition, monitor), [definition, monitor]);
  if (!graph) return <NoData title={`Monitors of type ${monitor.type} have no graph`} />;
  return graph.type === "toplist" ? <Toplist definition={graph} /> : <Timeseries definition={graph} />;
}

function Missing({ definition }: { definition: WidgetDefinition }) {
  const id = String(definition.alert_id ?? "");
  return <NoData title={id ? `Monitor ${id} not found` : "No monitor selected"} />;
}

export function AlertValue({ definition }: { definition: WidgetDefinition }) {
  const monitor = useMonitor(definition);
  return (
    <Async query={monitor}>
      {(found) =>
        found ? <Value definition={definition} monitor={found} /> : <Missing definition={definition} />
      }
    </Async>
  );
}

function Value({ definition, monitor }: { definition: WidgetDefinition; monitor: MonitorParts }) {
  const value = useMemo(
    () => alertGraph({ ...definition, viz_type: "value" }, monitor),
    [definition, monitor],
  );
  if (!value) return <NoData title={`Monitors of type ${monitor.type} have no value`} />;
  return <QueryValue definition={value} />;
}
