/** Lays out who calls whom: callers to the left, what they call to the right. No React, no pixels of the page. */

export type NodeKind = "service" | "database" | "queue" | "external";

export interface MapNode {
  id: string;
  name: string;
  kind: NodeKind;
  hits: number;
  errors: number;
  /** Seconds; of what sends no traces the average of the calls. */
  latency: number;
}

export interface MapEdge {
  from: string;
  to: string;
  hits: number;
  errors: number;
}

export interface Placed extends MapNode {
  x: number;
  y: number;
  column: number;
}

export interface MapLayout {
  nodes: Placed[];
  edges: MapEdge[];
  width: number;
  height: number;
}

export const NODE_WIDTH = 168;
export const NODE_HEIGHT = 44;
const GAP_X = 76;
const GAP_Y = 14;
/** Sweeps that bring nodes near what they are joined with. */
const SWEEPS = 6;

/** Places nodes in columns by their distance from those that nobody calls; cycles are cut where they are met. */
export function layOutMap(nodes: readonly MapNode[], edges: readonly MapEdge[]): MapLayout {
  const columns = byColumn(nodes, edges);
  const order = untangle(columns, edges);
  const tallest = Math.max(1, ...order.map((column) => column.length));
  const height = tallest * (NODE_HEIGHT + GAP_Y) - GAP_Y;
  const placed = order.flatMap((column, at) => {
    const used = column.length * (NODE_HEIGHT + GAP_Y) - GAP_Y;
    return column.map((node, row) => ({
      ...node,
      column: at,
      x: at * (NODE_WIDTH + GAP_X),
      y: (height - used) / 2 + row * (NODE_HEIGHT + GAP_Y),
    }));
  });
  const known = new Set(nodes.map((node) => node.id));
  return {
    nodes: placed,
    edges: edges.filter((edge) => known.has(edge.from) && known.has(edge.to)),
    width: Math.max(1, order.length) * (NODE_WIDTH + GAP_X) - GAP_X,
    height,
  };
}

function byColumn(nodes: readonly MapNode[], edges: readonly MapEdge[]): MapNode[][] {
  const callees = new Map<string, string[]>();
  const called = new Set<string>();
  for (const edge of edges) {
    if (edge.from === edge.to) continue;
    callees.set(edge.from, [...(callees.get(edge.from) ?? []), edge.to]);
    called.add(edge.to);
  }
  const column = new Map<string, number>();
  const starts = nodes.filter((node) => !called.has(node.id));
  const visit = (id: string, depth: number, path: ReadonlySet<string>) => {
    if ((column.get(id) ?? -1) >= depth || path.has(id)) return;
    column.set(id, depth);
    for (const next of callees.get(id) ?? []) visit(next, depth + 1, new Set([...path, id]));
  };
  for (const node of starts) visit(node.id, 0, new Set());
  // What is left is in cycles that nobody enters: the busiest is taken as the entry.
  for (const node of [...nodes].sort((a, b) => b.hits - a.hits)) {
    if (!column.has(node.id)) visit(node.id, 0, new Set());
  }
  const found: MapNode[][] = [];
  for (const node of nodes) {
    const at = column.get(node.id) ?? 0;
    const list = found[at] ?? [];
    list.push(node);
    found[at] = list;
  }
  return Array.from(found, (one) => one ?? []);
}

/** Orders each column by the middle of its neighbors' places, forth and back. */
function untangle(columns: MapNode[][], edges: readonly MapEdge[]): MapNode[][] {
  const neighbors = new Map<string, string[]>();
  for (const { from, to } of edges) {
    neighbors.set(from, [...(neighbors.get(from) ?? []), to]);
    neighbors.set(to, [...(neighbors.get(to) ?? []), from]);
  }
  const order = columns.map((column) => [...column].sort((a, b) => b.hits - a.hits));
  const place = new Map<string, number>();
  const settle = (column: readonly MapNode[]) => {
    for (const [at, node] of column.entries()) place.set(node.id, (at + 0.5) / column.length);
  };
  for (const column of order) settle(column);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const column of sweep % 2 === 0 ? order : [...order].reverse()) {
      const middle = (node: MapNode) => {
        const places = (neighbors.get(node.id) ?? []).map((id) => place.get(id) ?? 0.5);
        return places.length
          ? places.reduce((sum, one) => sum + one, 0) / places.length
          : (place.get(node.id) ?? 0);
      };
      const keys = new Map(column.map((node) => [node.id, middle(node)]));
      column.sort((a, b) => keys.get(a.id)! - keys.get(b.id)!);
      settle(column);
    }
  }
  return order;
}

/** The nodes that call `id` or are called by it, directly or through others, up to `hops` away; itself as well. */
export function around(id: string, edges: readonly MapEdge[], hops: number): Set<string> {
  const found = new Set([id]);
  for (const [source, target] of [
    ["from", "to"],
    ["to", "from"],
  ] as const) {
    let edge = new Set([id]);
    for (let hop = 0; hop < hops; hop++) {
      const next = new Set(edges.filter((one) => edge.has(one[source])).map((one) => one[target]));
      for (const one of next) found.add(one);
      edge = next;
    }
  }
  return found;
}

export interface View {
  /** Where the drawing's corner is, and its scale, in pixels of the frame. */
  x: number;
  y: number;
  scale: number;
}

interface Extent {
  width: number;
  height: number;
}

/** Names are readable down to this scale. */
const LEAST_SCALE = 0.8;
const MOST_SCALE = 8;

/** Where a drawing is at first: whole and in the middle if it can be read so, else from its left edge. */
export function fitMap(drawing: Extent, frame: Extent): View {
  const fitting = Math.min(frame.width / drawing.width, frame.height / drawing.height, 1);
  const scale = Math.max(fitting, LEAST_SCALE);
  return {
    x: Math.max(0, (frame.width - drawing.width * scale) / 2),
    y: (frame.height - drawing.height * scale) / 2,
    scale,
  };
}

/** Moves a drawing so that the node at `place` is in the middle, unless the whole node is in the frame. */
export function revealNode(view: View, place: { x: number; y: number }, frame: Extent): View {
  const { scale } = view;
  const left = view.x + place.x * scale;
  const top = view.y + place.y * scale;
  const [width, height] = [NODE_WIDTH * scale, NODE_HEIGHT * scale];
  if (left >= 0 && top >= 0 && left + width <= frame.width && top + height <= frame.height) return view;
  return {
    x: view.x + (frame.width - width) / 2 - left,
    y: view.y + (frame.height - height) / 2 - top,
    scale,
  };
}

/** Zooms by a factor, with the point of the frame that is under the pointer staying there; out until all is seen. */
export function zoomMap(
  view: View,
  factor: number,
  point: { x: number; y: number },
  drawing: Extent,
  frame: Extent,
): View {
  const least = Math.min(frame.width / drawing.width, frame.height / drawing.height, 1);
  const scale = Math.min(MOST_SCALE, Math.max(least, view.scale * factor));
  const by = scale / view.scale;
  return { x: point.x - (point.x - view.x) * by, y: point.y - (point.y - view.y) * by, scale };
}
