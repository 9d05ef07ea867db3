/** The service map: services, databases, queues and hosts, and the calls between them, with their numbers. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link } from "wouter";
import { request } from "~/api/client";
import {
  around,
  layOutMap,
  type MapEdge,
  type MapLayout,
  type MapNode,
  type NodeKind,
  type Placed,
} from "~/core/serviceMap";
import type { TimeRange } from "~/core/time";
import { formatDuration, writeNumber } from "~/core/units";
import { Page } from "~/shell/page";
import { useTimeRange } from "~/shell/timeRange";
import { useUrlParams, useUrlState } from "~/shell/url";
import { Async, Button, Combobox, Empty, Panel, Properties, Select, Toolbar } from "~/ui";
import { type Service, useServices } from "./api";
import css from "./map.module.css";
import { KINDS, MapDrawing } from "./mapDrawing";
import { envOptions } from "./services";
import { percent } from "./statColumns";

interface Answer {
  nodes: Service[];
  edges: MapEdge[];
  inferred: (MapEdge & { kind: NodeKind; avg_duration: number })[];
}

interface Graph {
  nodes: MapNode[];
  edges: MapEdge[];
}

function useGraph(env: string, range: TimeRange) {
  return useQuery({
    queryKey: ["service map", env, range.from, range.to],
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: async ({ signal }): Promise<Graph> => {
      const query = { env, start: new Date(range.from).toISOString(), end: new Date(range.to).toISOString() };
      return graphOf(await request<Answer>("GET", "/api/ui/apm/map", { query, signal }));
    },
  });
}

function graphOf(answer: Answer): Graph {
  const nodes = new Map<string, MapNode>();
  for (const one of answer.nodes) {
    const { service: id, hits, errors, p95 } = one;
    nodes.set(id, { id, name: id, kind: "service", hits, errors, latency: p95 });
  }
  const edges: MapEdge[] = answer.edges.filter((edge) => nodes.has(edge.from) && nodes.has(edge.to));
  for (const { from, to, kind, hits, errors, avg_duration } of answer.inferred) {
    if (!nodes.has(from)) continue;
    const id = `${kind}:${to}`;
    const known = nodes.get(id) ?? { id, name: to, kind, hits: 0, errors: 0, latency: 0 };
    known.latency = (known.latency * known.hits + avg_duration * hits) / (known.hits + hits);
    known.hits += hits;
    known.errors += errors;
    nodes.set(id, known);
    edges.push({ from, to: id, hits, errors });
  }
  return { nodes: [...nodes.values()], edges };
}

export default function ServiceMap() {
  const [params, change] = useUrlParams();
  const [env, setEnv] = useUrlState("env");
  const [hops, setHops] = useUrlState("hops", "1");
  const focus = params.get("service") ?? "";
  const { range } = useTimeRange();
  const query = useGraph(env, range);
  const envs = envOptions(useServices("", range).data?.envs, env);
  const names = (query.data?.nodes ?? []).map((node) => node.id).sort();
  return (
    <Page title="Service Map" time fill>
      <Toolbar>
        <Combobox
          label="Focus on"
          value={focus}
          options={names}
          onChange={(value) => change({ service: value || null })}
          placeholder="All services"
        />
        {focus && (
          <>
            <Select
              label="Distance"
              value={hops}
              onChange={setHops}
              options={[
                { value: "1", label: "Direct calls" },
                { value: "2", label: "2 calls" },
                { value: "3", label: "3 calls" },
              ]}
            />
            <Button icon="close" onClick={() => change({ service: null, hops: null })}>
              Show all
            </Button>
          </>
        )}
        <Select label="Env" value={env} options={envs} onChange={setEnv} />
      </Toolbar>
      <Async query={query}>
        {(graph) =>
          graph.nodes.length === 0 ? (
            <Empty title="No services found" />
          ) : (
            <Focused
              graph={graph}
              focus={focus}
              hops={Number(hops)}
              env={env}
              onFocus={(id) => change({ service: id }, true)}
            />
          )
        }
      </Async>
    </Page>
  );
}

interface FocusedProps {
  graph: Graph;
  focus: string;
  hops: number;
  env: string;
  onFocus: (id: string) => void;
}

function Focused({ graph, focus, hops, env, onFocus }: FocusedProps) {
  const [selected, setSelected] = useState<string | null>(null);
  const layout = useMemo(() => {
    if (!focus) return layOutMap(graph.nodes, graph.edges);
    const near = around(focus, graph.edges, hops);
    return layOutMap(
      graph.nodes.filter((node) => near.has(node.id)),
      graph.edges,
    );
  }, [graph, focus, hops]);
  const chosen = layout.nodes.find((node) => node.id === (selected ?? focus)) ?? null;
  return (
    <div className={css.split}>
      <MapDrawing
        key={`${env} ${hops} ${focus}`}
        layout={layout}
        selected={chosen?.id ?? null}
        onSelect={setSelected}
        onFocus={onFocus}
      />
      {chosen ? (
        <Details node={chosen} layout={layout} env={env} onFocus={onFocus} />
      ) : (
        <Overview layout={layout} onSelect={setSelected} />
      )}
    </div>
  );
}

/** Stands where a node's details do, so that the drawing stays where it is; failing services first. */
function Overview({ layout, onSelect }: { layout: MapLayout; onSelect: (id: string) => void }) {
  const failing = layout.nodes
    .filter((node) => node.errors > 0)
    .sort((a, b) => b.errors / b.hits - a.errors / a.hits);
  return (
    <Panel title={`${layout.nodes.length} nodes, ${layout.edges.length} connections`} className={css.details}>
      <p className="muted">Select a node for its numbers; double-click it to focus.</p>
      {failing.length > 0 && <h4>With errors</h4>}
      <ul className={css.calls}>
        {failing.slice(0, 20).map((node) => (
          <li key={node.id}>
            <button type="button" className="truncate" onClick={() => onSelect(node.id)}>
              {node.name}
            </button>
            <span className="num">{writeNumber(node.errors)}</span>
            <span className="num muted">{percent(node.errors / node.hits)}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

interface DetailsProps {
  node: Placed;
  layout: MapLayout;
  env: string;
  onFocus: (id: string) => void;
}

function Details({ node, layout, env, onFocus }: DetailsProps) {
  const names = new Map(layout.nodes.map((one) => [one.id, one.name]));
  const calls = layout.edges.filter((edge) => edge.from === node.id);
  const callers = layout.edges.filter((edge) => edge.to === node.id);
  const suffix = env ? `?env=${encodeURIComponent(env)}` : "";
  return (
    <Panel title={node.name} hint={KINDS[node.kind]} className={css.details}>
      <Properties
        items={[
          ["Requests", writeNumber(node.hits)],
          ["Errors", `${writeNumber(node.errors)} (${percent(node.hits ? node.errors / node.hits : 0)})`],
          [node.kind === "service" ? "p95 latency" : "Avg latency", formatDuration(node.latency)],
        ]}
      />
      <p className={css.roads}>
        {node.kind === "service" && (
          <>
            <Link href={`/apm/services/${encodeURIComponent(node.id)}${suffix}`}>View service</Link>
            <Link href={`/apm/traces?query=${encodeURIComponent(`service:"${node.id}"`)}`}>View traces</Link>
          </>
        )}
        <Button size="small" onClick={() => onFocus(node.id)}>
          Focus
        </Button>
      </p>
      <Calls title="Called by" edges={callers} nameOf={(edge) => names.get(edge.from) ?? edge.from} />
      <Calls title="Calls" edges={calls} nameOf={(edge) => names.get(edge.to) ?? edge.to} />
    </Panel>
  );
}

function Calls({
  title,
  edges,
  nameOf,
}: {
  title: string;
  edges: MapEdge[];
  nameOf: (edge: MapEdge) => string;
}) {
  if (edges.length === 0) return null;
  return (
    <>
      <h4>{title}</h4>
      <ul className={css.calls}>
        {[...edges]
          .sort((a, b) => b.hits - a.hits)
          .map((edge) => (
            <li key={`${edge.from} ${edge.to}`}>
              <span className="truncate">{nameOf(edge)}</span>
              <span className="num">{writeNumber(edge.hits)}</span>
              <span className="num muted">{percent(edge.hits ? edge.errors / edge.hits : 0)}</span>
            </li>
          ))}
      </ul>
    </>
  );
}
