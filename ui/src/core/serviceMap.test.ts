import { expect, test } from "vitest";
import { around, layOutMap, type MapEdge, type MapNode } from "./serviceMap";

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
