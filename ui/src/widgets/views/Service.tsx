/** `trace_service`, `servicemap` and `topology_map`: a service's numbers, and who calls whom. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link } from "wouter";
import { request } from "~/api/client";
import { formatDuration } from "~/core/units";
import { Async } from "~/ui";
import { useWidgetScope } from "../context";
import { useSize } from "../dom";
import { NoData } from "../NoData";
import { windowOf } from "../request";
import { serviceGraphs } from "../serviceGraphs";
import { labelOf, layOutMap, type MapNode, neighborhood, type ServiceEdge } from "../serviceLayout";
import type { WidgetDefinition } from "../types";
import { substitute, substituteAll } from "../variables";
import { WidgetPanel } from "../WidgetPanel";
import css from "./views.module.css";

/** How high each graph is, by the size that the author chose. */
const ROWS_PX: Record<string, number> = { small: 130, medium: 170, large: 260 };
const COLUMNS: Record<string, number> = { one_column: 1, two_column: 2, three_column: 3 };

export function ServiceSummary({ definition }: { definition: WidgetDefinition }) {
  const { variables, chosen } = useWidgetScope();
  const graphs = useMemo(
    () => serviceGraphs(substituteAll(definition, variables, chosen)),
    [definition, variables, chosen],
  );
  if (graphs.length === 0) return <NoData title="Nothing selected to show" />;
  const columns = COLUMNS[String(definition.display_format ?? "two_column")] ?? 2;
  return (
    <div
      className={css.split}
      style={{
        gridTemplateColumns: `repeat(${Math.min(columns, graphs.length)}, minmax(0, 1fr))`,
        gridAutoRows: ROWS_PX[String(definition.size_format ?? "medium")],
      }}
    >
      {graphs.map((graph) => (
        <WidgetPanel key={graph.title} definition={graph} rows={2} columns={3} nested />
      ))}
    </div>
  );
}

interface MapAnswer {
  nodes: { service: string; hits: number; errors: number; avg: number }[];
  edges: { from: string; to: string }[];
  /** Databases, queues and hosts that send no traces. */
  inferred: { from: string; to: string }[];
}

interface MapQuery {
  service?: string;
  filters?: string[];
}

export function ServiceMap({ definition }: { definition: WidgetDefinition }) {
  const { variables, chosen, window: page } = useWidgetScope();
  const given = mapQuery(definition);
  const window = windowOf(definition.time, page);
  const filters = (given.filters ?? []).map((filter) => substitute(filter, variables, chosen));
  const env = filters.find((filter) => filter.startsWith("env:"))?.slice(4) ?? "";
  const query = useQuery({
    queryKey: ["service-map", env, window.from, window.to],
    queryFn: ({ signal }) =>
      request<MapAnswer>("GET", "/api/ui/apm/map", {
        query: {
          env: env === "*" ? "" : env,
          start: new Date(window.from).toISOString(),
          end: new Date(window.to).toISOString(),
        },
        signal,
      }),
    placeholderData: keepPreviousData,
    retry: false,
  });
  if (given.service === undefined) return <NoData title="Data streams are not collected here" />;
  const service = substitute(given.service, variables, chosen);
  return <Async query={query}>{(answer) => <Graph answer={answer} service={service} />}</Async>;
}

function mapQuery(definition: WidgetDefinition): MapQuery {
  if (definition.type === "servicemap") return definition as MapQuery;
  const inner = (definition.requests as { query?: MapQuery & { data_source?: string } }[] | undefined)?.[0]
    ?.query;
  return inner?.data_source === "data_streams"
    ? {}
    : { service: inner?.service ?? "", filters: inner?.filters };
}

function Graph({ answer, service }: { answer: MapAnswer; service: string }) {
  const [frame, size] = useSize<HTMLDivElement>();
  const calls: ServiceEdge[] = [...answer.edges, ...answer.inferred].map(({ from, to }) => ({
    source: from,
    target: to,
  }));
  const edges = neighborhood(calls, service);
  const names = new Set([
    ...edges.flatMap((edge) => [edge.source, edge.target]),
    ...(service ? [service] : answer.nodes.map((node) => node.service)),
  ]);
  const nodes = layOutMap([...names], edges, size.width, size.height);
  if (nodes.length === 0 || answer.nodes.length === 0) return <NoData title="No services found" />;
  const places = new Map(nodes.map((node) => [node.name, node]));
  const numbers = new Map(answer.nodes.map((node) => [node.service, node]));
  return (
    <div ref={frame} style={{ height: "100%" }}>
      <svg width={size.width} height={size.height} role="img" aria-label={`Map of ${nodes.length} services`}>
        {edges.map((edge) => {
          const [from, to] = [places.get(edge.source), places.get(edge.target)];
          if (!from || !to) return null;
          return (
            <path
              key={`${edge.source} ${edge.target}`}
              d={`M${from.x} ${from.y}C${(from.x + to.x) / 2} ${from.y} ${(from.x + to.x) / 2} ${to.y} ${to.x} ${to.y}`}
              fill="none"
              stroke="var(--border-strong)"
              strokeWidth="1.5"
            >
              <title>{`${edge.source} → ${edge.target}`}</title>
            </path>
          );
        })}
        {nodes.map((node) => (
          <Node
            key={node.name}
            node={node}
            own={node.name === service}
            numbers={numbers.get(node.name)}
            label={labelOf(node, nodes, size)}
          />
        ))}
      </svg>
    </div>
  );
}

interface NodeProps {
  node: MapNode;
  own: boolean;
  numbers: MapAnswer["nodes"][number] | undefined;
  label: string;
}

function Node({ node, own, numbers, label }: NodeProps) {
  const failing = numbers ? numbers.errors / Math.max(1, numbers.hits) > 0.05 : false;
  const title = numbers
    ? `${node.name}: ${numbers.hits.toLocaleString()} requests, ${numbers.errors.toLocaleString()} errors, ${formatDuration(numbers.avg)}`
    : node.name;
  return (
    <Link href={`/apm/services/${encodeURIComponent(node.name)}`}>
      <circle
        cx={node.x}
        cy={node.y}
        r={own ? 11 : 8}
        fill={failing ? "var(--alert-soft)" : "var(--accent-soft)"}
        stroke={failing ? "var(--alert)" : "var(--accent)"}
        strokeWidth={own ? 3 : 1.5}
      >
        <title>{title}</title>
      </circle>
      <text x={node.x} y={node.y + 22} fontSize="11" textAnchor="middle" fill="var(--text)">
        {label}
      </text>
    </Link>
  );
}
