import { expect, test } from "vitest";
import { labelOf, layOutMap, neighborhood } from "./serviceLayout";

const edges = [
  { source: "web", target: "api" },
  { source: "api", target: "db" },
  { source: "api", target: "cache" },
  { source: "cron", target: "db" },
];

test("callers stand at the left of those they call", () => {
  const x = new Map(
    layOutMap(["web", "api", "db", "cache", "cron"], edges, 600, 300).map((node) => [node.name, node.x]),
  );
  for (const { source, target } of edges) expect(x.get(source)!).toBeLessThan(x.get(target)!);
});

test("a cycle ends", () => {
  const nodes = layOutMap(
    ["a", "b"],
    [
      { source: "a", target: "b" },
      { source: "b", target: "a" },
    ],
    600,
    300,
  );
  expect(nodes.length).toBe(2);
});

test("the neighborhood of a service", () => {
  expect(neighborhood(edges, "web")).toEqual([edges[0]]);
  expect(neighborhood(edges, "").length).toBe(4);
});

test("labels end before the edge and before their neighbors", () => {
  const node = (name: string, x: number, y: number) => ({ name, x, y });
  const nodes = [node("a-long-service-name", 30, 50), node("b", 200, 50), node("c", 200, 20)];
  const size = { width: 400, height: 100 };
  expect(labelOf(nodes[0]!, nodes, size).length).toBeLessThan(11);
  expect(labelOf(nodes[1]!, nodes, size)).toBe("b");
  expect(labelOf(nodes[2]!, nodes, size)).toBe("c");
  expect(labelOf(node("d", 5, 50), [], size)).toBe("");
  expect(labelOf(node("e", 200, 90), [], size)).toBe("");
  expect(labelOf(node("f", 200, 45), [node("g", 200, 50)], size)).toBe("");
});
