import { expect, test } from "vitest";
import { layOut, type Span } from "./flame";
import { traceGraph } from "./traceMap";

const span = (id: string, parent: string, service: string, more: Partial<Span> = {}): Span => ({
  id,
  parent,
  service,
  start: Number(id),
  duration: 10 - Number(id),
  name: "op",
  resource: "r",
  type: "",
  error: false,
  meta: {},
  metrics: {},
  ...more,
});

const client = { "span.kind": "client" };

test("services, and what they called that sends no spans, are nodes", () => {
  const graph = traceGraph(
    layOut([
      span("1", "", "web"),
      span("2", "1", "web", { meta: { ...client, "out.host": "shop.internal" } }),
      span("3", "2", "shop", { error: true }),
      span("4", "3", "shop", { type: "sql", meta: { ...client, "db.name": "orders" } }),
      span("5", "3", "shop", { meta: { "span.kind": "producer", "messaging.destination.name": "jobs" } }),
      span("6", "3", "shop", { error: true, meta: { ...client, "server.address": "pay.example" } }),
    ]),
  );
  const edges = graph.edges.map(({ from, to, hits, errors }) => [from, to, hits, errors]);
  expect(edges.sort()).toEqual([
    ["shop", "database:orders", 1, 0],
    ["shop", "external:pay.example", 1, 1],
    ["shop", "queue:jobs", 1, 0],
    ["web", "shop", 1, 1],
  ]);
  expect(graph.nodes.find((node) => node.id === "shop")!.hits).toBe(4);
  expect(graph.spans.get("shop")!.id).toBe("3");
});

test("a database with spans of its own is one node", () => {
  const graph = traceGraph(
    layOut([
      span("1", "", "web"),
      span("2", "1", "db", { type: "sql", meta: { ...client, "out.host": "db-1" } }),
    ]),
  );
  expect(graph.nodes.map(({ id, kind }) => [id, kind])).toEqual([
    ["web", "service"],
    ["db", "database"],
  ]);
});
