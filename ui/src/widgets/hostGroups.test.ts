import { expect, it } from "vitest";
import {
  grouped,
  groupKeys,
  infrastructureOf,
  missingHosts,
  nameIndexes,
  withGroups,
  withScope,
} from "./hostGroups";
import { requestsOf } from "./request";

it("adds the keys to what a query groups by", () => {
  expect(withGroups({ q: "avg:a{*} by {host}" }, ["env", "host"])).toEqual({ q: "avg:a{*} by {host,env}" });
  const queries = [{ name: "a", query: "avg:a{*} by { host }" }];
  expect(withGroups({ queries }, ["az"])).toEqual({
    queries: [{ name: "a", query: "avg:a{*} by {host,az}" }],
  });
  expect(withGroups({ q: "avg:a{*} by {host}" }, [])).toEqual({ q: "avg:a{*} by {host}" });
});

it("puts hosts together by their tags", () => {
  const row = (host: string, env: string) => ({ tags: [host, env], values: [1] });
  const rows = [row("a", "prod"), row("b", ""), row("c", "prod")];
  const found = grouped(rows, ["host", "env"], ["env"]);
  expect(found.map(({ name, rows: own }) => [name, own.length])).toEqual([
    ["env:N/A", 1],
    ["env:prod", 2],
  ]);
  expect(grouped(rows, ["host", "env"], []).map(({ name }) => name)).toEqual([""]);
  expect(nameIndexes(["host", "env"], ["env"])).toEqual([0]);
  expect(nameIndexes(["env"], ["env"])).toEqual([0]);
});

it("limits a query to the scope of the map, once", () => {
  expect(withScope({ q: "avg:a{*} by {host}" }, ["env:prod", "*"])).toEqual({
    q: "avg:a{env:prod} by {host}",
  });
  const queries = [{ name: "a", query: "avg:a{env:prod} / sum:b{az:x}" }];
  expect(withScope({ queries }, ["env:prod"])).toEqual({
    queries: [{ name: "a", query: "avg:a{env:prod} / sum:b{az:x,env:prod}" }],
  });
});

it("finds the hosts that report nothing, with the tags that groups need", () => {
  const rows = [{ tags: ["a", "prod"], values: [1] }];
  const hosts = [
    { name: "a", tags: ["env:prod"] },
    { name: "b", tags: ["env:dev", "az:x"] },
    { name: "c", tags: [] },
  ];
  expect(missingHosts(rows, ["host", "env"], hosts)).toEqual([
    { tags: ["b", "dev"], values: [null] },
    { tags: ["c", ""], values: [null] },
  ]);
  expect(missingHosts(rows, ["env"], hosts)).toEqual([]);
});

it("reads the newer form of a map, also as a list of one request", () => {
  const scalar = { queries: [{ name: "a", data_source: "metrics", query: "avg:a{*} by {host}" }] };
  const request = { request_type: "infrastructure_hostmap", filter: "env:prod", enrichments: [scalar] };
  for (const requests of [request, [request]]) {
    const definition = { type: "hostmap", requests } as never;
    expect(infrastructureOf(definition).filter).toBe("env:prod");
    expect(requestsOf(definition).map((one) => one.queries?.[0]?.query)).toEqual(["avg:a{*} by {host}"]);
  }
  expect(infrastructureOf({ type: "hostmap" } as never)).toEqual({});
  expect(infrastructureOf({ type: "hostmap", requests: [] } as never)).toEqual({});
});

it("groups a newer map by a key of its tags, or by a column", () => {
  expect(groupKeys([{ column: "tags", key: "zone" }, { column: "kube_cluster_name" }, "odd", {}])).toEqual([
    "zone",
    "kube_cluster_name",
  ]);
  expect(groupKeys("odd")).toEqual([]);
  expect(groupKeys([{ column: "host", key: "requests per second" }, { column: "a} by {b" }])).toEqual([
    "host",
  ]);
});
