import { expect, test } from "vitest";
import {
  around,
  fitMap,
  layOutMap,
  type MapEdge,
  type MapNode,
  NODE_HEIGHT,
  NODE_WIDTH,
  revealNode,
  zoomMap,
} from "./serviceMap";

const node = (id: string): MapNode => ({ id, name: id, kind: "service", hits: 1, errors: 0, latency: 0 });
const edge = (from: string, to: string): MapEdge => ({ from, to, hits: 1, errors: 0 });

test("callers stand to the left of what they call", () => {
  const edges = [edge("web", "cart"), edge("cart", "db"), edge("web", "db")];
  const { nodes } = layOutMap(["db", "cart", "web"].map(node), edges);
  expect(Object.fromEntries(nodes.map((one) => [one.id, one.column]))).toEqual({ web: 0, cart: 1, db: 2 });
});

test("cycles and lone services are placed, and nothing twice", () => {
  const edges = [edge("a", "b"), edge("b", "a"), edge("c", "c")];
  const { nodes } = layOutMap(["a", "b", "c", "d"].map(node), edges);
  expect(nodes.map((one) => one.id).sort()).toEqual(["a", "b", "c", "d"]);
});

test("three hundred services have places of their own", () => {
  const names = Array.from({ length: 300 }, (_, at) => `s${at}`);
  const edges = names.slice(1).map((name, at) => edge(`s${Math.floor(at / 3)}`, name));
  const { nodes } = layOutMap(names.map(node), edges);
  expect(new Set(nodes.map((one) => `${one.x} ${one.y}`)).size).toBe(300);
});

test("edges to what is not shown are left out", () => {
  expect(layOutMap([node("a")], [edge("a", "gone")]).edges).toEqual([]);
});

test("what is around a service", () => {
  const edges = [edge("a", "b"), edge("b", "c"), edge("c", "d"), edge("x", "c")];
  expect([...around("b", edges, 1)].sort()).toEqual(["a", "b", "c"]);
  expect([...around("b", edges, 2)].sort()).toEqual(["a", "b", "c", "d"]);
});

test("a long chain keeps a scale that can be read, from its left; what is chosen comes into view", () => {
  const chain = { width: 4800, height: 44 };
  const frame = { width: 1000, height: 600 };
  const view = fitMap(chain, frame);
  expect(view).toEqual({ x: 0, y: (600 - 44 * 0.8) / 2, scale: 0.8 });
  expect(revealNode(view, { x: 244, y: 0 }, frame)).toEqual(view);
  const moved = revealNode(view, { x: 2440, y: 0 }, frame);
  expect(moved.x + (2440 + NODE_WIDTH / 2) * 0.8).toBeCloseTo(500);
  expect(moved.y + (NODE_HEIGHT / 2) * 0.8).toBeCloseTo(300);
  expect(fitMap({ width: 500, height: 100 }, frame)).toEqual({ x: 250, y: 250, scale: 1 });
  expect(fitMap({ width: 1100, height: 100 }, frame).scale).toBeCloseTo(1000 / 1100);
});

test("zooming keeps what is under the pointer, and ends when all is seen", () => {
  const [chain, frame] = [
    { width: 4000, height: 40 },
    { width: 1000, height: 600 },
  ];
  const view = zoomMap({ x: 10, y: 20, scale: 1 }, 2, { x: 110, y: 70 }, chain, frame);
  expect(view).toEqual({ x: -90, y: -30, scale: 2 });
  expect(zoomMap(view, 0.001, { x: 0, y: 0 }, chain, frame).scale).toBe(0.25);
  expect(zoomMap(view, 1000, { x: 0, y: 0 }, chain, frame).scale).toBe(8);
});
