import { expect, it } from "vitest";
import { fromApmStats, statOf, unknownColumns } from "./apmStats";

it("reads the names of columns however they are written", () => {
  expect(["HITS", "Error Rate", "latency_p95", "p99", "Avg. latency", "magic"].map(statOf)).toEqual([
    "hits",
    "error_rate",
    "latency_p95",
    "latency_p99",
    "latency_avg",
    undefined,
  ]);
});

it("makes a query of each column, and sorts as the first that says so", () => {
  const stats = {
    env: "prod",
    service: "shop",
    name: "web.request",
    primary_tag: "datacenter:eu:1",
    row_type: "resource" as const,
    resource: "GET /",
    columns: [
      { name: "hits", alias: "Requests", cell_display_mode: "bar" },
      { name: "magic" },
      { name: "latency_p95", order: "asc" as const },
    ],
  };
  const made = fromApmStats(stats);
  expect(made.queries).toHaveLength(2);
  expect(made.queries![1]).toEqual({
    name: "query2",
    data_source: "apm_resource_stats",
    env: "prod",
    service: "shop",
    stat: "latency_p95",
    group_by: ["resource_name"],
    operation_name: "web.request",
    resource_name: "GET /",
    primary_tag_name: "datacenter",
    primary_tag_value: "eu:1",
  });
  expect(made.formulas).toEqual([
    { formula: "query1", alias: "Requests", cell_display_mode: "bar" },
    { formula: "query2", alias: "latency_p95" },
  ]);
  expect(made.sort).toEqual({ order_by: [{ type: "formula", index: 1, order: "asc" }] });
  expect(unknownColumns(stats)).toEqual(["magic"]);
});

it("shows hits, errors and latency where no columns are named", () => {
  const made = fromApmStats({ env: "prod", service: "shop", name: "web.request", primary_tag: "*" });
  expect(made.queries!.map((query) => query.stat)).toEqual(["hits", "errors", "latency_avg"]);
  expect(made.queries![0]).not.toHaveProperty("primary_tag_name");
  expect(made.sort).toBeUndefined();
});

it("takes columns without a name, or what is no list of columns, for none", () => {
  for (const columns of [[{}, null, { name: 5 }], {}, "hits"]) {
    const made = fromApmStats({ env: "prod", columns, primary_tag: 5 } as never);
    expect(made.queries!.map((query) => query.stat)).toEqual(["hits", "errors", "latency_avg"]);
  }
});
