import { expect, test } from "vitest";
import { layOutMap, neighborhood } from "./serviceLayout";

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
