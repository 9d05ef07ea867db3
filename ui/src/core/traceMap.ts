/** A trace as a graph: its services, what they called that sends no spans, and the calls between them. */

import type { Box, Span } from "./flame";
import type { MapEdge, MapNode, NodeKind } from "./serviceMap";

export interface TraceGraph {
  nodes: MapNode[];
  edges: MapEdge[];
  /** The span to open for a node: the first of it that failed, else the first. */
  spans: Map<string, Span>;
}

const DATABASES = new Set(
  ["sql", "db", "redis", "cache", "memcached", "mongodb", "cassandra", "elasticsearch"].concat([
    "opensearch",
  ]),
);
const PEERS: Record<Exclude<NodeKind, "service">, readonly string[]> = {
  database: ["peer.service", "db.name", "db.instance", "db.namespace", "out.host", "db.system"],
  queue: ["peer.service", "messaging.destination.name", "messaging.destination", "topicname", "queuename"],
  external: [
    "peer.service",
    "out.host",
    "server.address",
    "http.server_name",
    "peer.hostname",
    "net.peer.name",
  ],
};

/** `latency` of a node is the seconds in which its spans ran and none of their children did. */
export function traceGraph(boxes: readonly Box[]): TraceGraph {
  const nodes = new Map<string, MapNode>();
  const edges = new Map<string, MapEdge>();
  const spans = new Map<string, Span>();
  const services = new Map(boxes.map((box) => [box.span.id, box.span.service]));
  const answered = new Set(
    boxes
      .filter(({ span }) => (services.get(span.parent) ?? span.service) !== span.service)
      .map(({ span }) => span.parent),
  );
  const add = (id: string, name: string, kind: NodeKind, span: Span, own: number) => {
    const node = nodes.get(id) ?? { id, name, kind, hits: 0, errors: 0, latency: 0 };
    node.hits += 1;
    node.errors += span.error ? 1 : 0;
    node.latency += Math.max(0, own) / 1e9;
    nodes.set(id, node);
    if (!spans.has(id) || (span.error && !spans.get(id)!.error)) spans.set(id, span);
  };
  const join = (from: string, to: string, span: Span) => {
    const key = JSON.stringify([from, to]);
    const edge = edges.get(key) ?? { from, to, hits: 0, errors: 0 };
    edge.hits += 1;
    edge.errors += span.error ? 1 : 0;
    edges.set(key, edge);
  };
  for (const { span, own } of boxes) {
    const caller = services.get(span.parent);
    const apart = caller !== undefined && caller !== span.service;
    const kind = kindOf(span);
    add(span.service, span.service, apart && kind === "database" ? kind : "service", span, own);
    if (apart) join(caller, span.service, span);
    const peer = kind && !apart && !answered.has(span.id) ? peerOf(span, kind) : "";
    if (!kind || !peer || peer === span.service) continue;
    const id = `${kind}:${peer}`;
    add(id, peer, kind, span, own);
    join(span.service, id, span);
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()], spans };
}

/** Of which kind is what a span calls; null where it calls nothing. */
function kindOf({ type, meta }: Span): Exclude<NodeKind, "service"> | null {
  const kind = meta["span.kind"];
  if (kind !== "client" && kind !== "producer") return null;
  if (DATABASES.has(type) || meta["db.system"]) return "database";
  return type === "queue" || kind === "producer" || meta["messaging.system"] ? "queue" : "external";
}

function peerOf({ meta }: Span, kind: Exclude<NodeKind, "service">): string {
  return PEERS[kind].map((key) => meta[key]).find(Boolean) ?? "";
}
