/** Services in layers, callers at the left of those they call. Pure. */
import { shorten } from "~/core/labels";

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
/** Pixels of a letter, of a line, and from a node to the end of its label. */
const [LETTER, LINE, BELOW] = [6.2, 14, 26];
const MOST_LETTERS = 20;
const FEWEST_LETTERS = 3;

/** What is written below a node: no longer than its column and its distance from the edge allow; empty without room. */
export function labelOf(
  node: MapNode,
  nodes: readonly MapNode[],
  size: { width: number; height: number },
): string {
  const others = nodes.filter((one) => one !== node);
  const above = others.some((one) => Math.abs(one.x - node.x) < 1 && near(one.y - node.y, LINE + 16));
  if (above || node.y + BELOW > size.height) return "";
  const columns = others.map((one) => Math.abs(one.x - node.x)).filter((far) => far >= 1);
  const room = Math.min(2 * node.x, 2 * (size.width - node.x), ...columns);
  const letters = Math.min(MOST_LETTERS, Math.floor(room / LETTER));
  return letters < FEWEST_LETTERS ? "" : shorten(node.name, letters);
}

const near = (distance: number, most: number) => distance > 0 && distance < most;

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
  const margin = Math.min(MARGIN_X, width / 6);
  const used = [...new Set(layers.values())].sort((a, b) => a - b);
  return used.flatMap((layer, column) => {
    const members = names.filter((name) => layers.get(name) === layer).sort();
    const x = used.length === 1 ? width / 2 : margin + (column * (width - 2 * margin)) / (used.length - 1);
    return members.map((name, row) => ({
      name,
      x,
      y: MARGIN_Y + ((row + 0.5) * Math.max(0, height - 2 * MARGIN_Y)) / members.length,
    }));
  });
}
