import { expect, test } from "vitest";
import { filtered, rankingQuery, splitDefinitions, splitKey, splitMetric } from "./splits";

const source = { type: "timeseries", requests: [{ q: "avg:system.cpu.user{env:prod} by {host}" }] };

test("a graph for each value of the tag", () => {
  const config = { split_dimensions: [{ one_graph_per: "zone" }], limit: 2 };
  expect(splitKey(config)).toBe("zone");
  expect(splitMetric(source)).toBe("system.cpu.user");
  const parts = splitDefinitions(source, config, ["z10", "z2", "z1"]);
  expect(parts.map((part) => part.title)).toEqual(["z1", "z2"]);
  expect(parts[0]!.requests[0].q).toBe("avg:system.cpu.user{env:prod,zone:z1} by {host}");
});

test("values that the author chose come as they are", () => {
  const config = {
    static_splits: [[{ tag_key: "zone", tag_values: ["b"] }], [{ tag_key: "zone", tag_values: ["a"] }]],
  };
  expect(splitDefinitions(source, config, []).map((part) => part.title)).toEqual(["b", "a"]);
});

test("empty scopes and searches take the filter alone", () => {
  expect(filtered({ q: "sum:a{*} / sum:b{*}" }, "k", "v").q).toBe("sum:a{k:v} / sum:b{k:v}");
  const search = { queries: [{ name: "a", data_source: "logs", search: { query: "" } }] };
  expect(filtered(search, "k", "v").queries![0]!.search!.query).toBe('k:"v"');
});

test("a split of several tags has all of their filters", () => {
  const split = [
    { tag_key: "zone", tag_values: ["b"] },
    { tag_key: "env", tag_values: ["dev"] },
  ];
  const [part] = splitDefinitions(
    { type: "timeseries", requests: [{ q: "avg:a{*}" }] },
    { static_splits: [split] },
    [],
  );
  expect([part!.title, part!.requests[0].q]).toEqual(["b, dev", "avg:a{zone:b,env:dev}"]);
});

test("values are ranked by a metric where the author says so", () => {
  const config = {
    split_dimensions: [{ one_graph_per: "zone" }],
    sort: { order: "desc" as const, compute: { aggregation: "sum", metric: "web.hits" } },
  };
  expect(rankingQuery(config)?.query).toBe("sum:web.hits{*} by {zone}");
  expect(splitDefinitions(source, config, ["b", "c", "a"]).map((part) => part.title)).toEqual([
    "b",
    "c",
    "a",
  ]);
  expect(rankingQuery({ ...config, sort: { order: "desc" } })).toBeNull();
});
