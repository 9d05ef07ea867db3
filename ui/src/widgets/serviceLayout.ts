/** Services in layers, callers at the left of those they call. Pure. */

export interface ServiceEdge {
  source: string;
  target: string;
}

export interface MapNode {
  name: string;
  x: number;
  y: number;
}

const MARGIN_X = 60;
const MARGIN_Y = 26;

/** The calls of a service and of its neighbors; all of them where no service is named. */
export function neighborhood(edges: readonly ServiceEdge[], service: string): ServiceEdge[] {
  if (!service || service === "*") return [...edges];
  const near = new Set([service]);
  for (const edge of edges) {
    if (edge.source === service) near.add(edge.target);
    if (edge.target === service) near.add(edge.source);
  }
  return edges.filter((edge) => near.has(edge.source) && near.has(edge.target));
}

/** Each service one layer right of the last of its callers; cycles do not move it further. */
export function layOutMap(
  names: readonly string[],
  edges: readonly ServiceEdge[],
  width: number,
  height: number,
): MapNode[] {
  const layers = new Map(names.map((name) => [name, 0]));
  for (let round = 0; round < names.length; round++) {
    let moved = false;
    for (const { source, target } of edges) {
      const next = (layers.get(source) ?? 0) + 1;
      if (source !== target && next < names.length && next > (layers.get(target) ?? 0)) {
        layers.set(target, next);
        moved = true;
      }
    }
    if (!moved) break;
  }
  const used = [...new Set(layers.values())].sort((a, b) => a - b);
  return used.flatMap((layer, column) => {
    const members = names.filter((name) => layers.get(name) === layer).sort();
    const x =
      used.length === 1 ? width / 2 : MARGIN_X + (column * (width - 2 * MARGIN_X)) / (used.length - 1);
    return members.map((name, row) => ({
      name,
      x,
      y: MARGIN_Y + ((row + 0.5) * Math.max(0, height - 2 * MARGIN_Y)) / members.length,
    }));
  });
}
