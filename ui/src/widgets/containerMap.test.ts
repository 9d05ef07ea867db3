import { expect, it } from "vitest";
import { containerRequest, filterOf, withMissing, withTags } from "./containerMap";

const CONTAINERS = [
  { id: "abcdef0123456789", host: "a", name: "web", tags: ["kube_deployment:shop"] },
  { id: "0123456789abcdef", host: "b", name: "db", tags: [] },
];
const TABLE = {
  columns: [{ name: "query1", unit: null }],
  groups: ["container_name", "host", "container_id"],
  rows: [{ tags: ["web", "a", "abcdef012345"], values: [5] }],
};

it("asks for readings of containers as such", () => {
  const q = "avg:process.stat.container.cpu.total_pct{short_image:gatekeeper,$cluster_name} by {host}";
  expect(containerRequest({ q }, ["short_image:gatekeeper", "*"])).toEqual({
    response_format: "scalar",
    formulas: [{ formula: "query1" }],
    queries: [
      {
        name: "query1",
        data_source: "container",
        metric: "process.stat.container.cpu.total_pct",
        aggregator: "avg",
        text_filter: "short_image:gatekeeper $cluster_name",
        limit: 500,
      },
    ],
  });
});

it("asks for other metrics by container", () => {
  const queries = [{ name: "a", data_source: "metrics", query: "avg:docker.cpu.usage{*} by {host}" }];
  expect(containerRequest({ queries }, []).queries![0]!.query).toBe(
    "avg:docker.cpu.usage{*} by {host,container_name}",
  );
  const newer = [{ name: "a", data_source: "container", metric: "x" }];
  expect(containerRequest({ queries: newer }, []).queries![0]).toMatchObject({ metric: "x" });
});

it("asks for other metrics within the scope of the map", () => {
  const query = "avg:docker.cpu.usage{*} by {host}";
  const scoped = "avg:docker.cpu.usage{env:prod} by {host,container_name}";
  const queries = [{ name: "a", data_source: "metrics", query }];
  expect(containerRequest({ queries }, ["env:prod"]).queries![0]!.query).toBe(scoped);
  expect(containerRequest({ q: query }, ["env:prod", "*"]).queries![0]!.query).toBe(scoped);
});

it("writes a scope as a search", () => {
  expect(filterOf(["env:prod", " *", "!env:dev", "env:prod"])).toBe("env:prod -env:dev");
});

it("adds the tags by which containers are put together", () => {
  const found = withTags(TABLE, ["kube_deployment", "host"], CONTAINERS);
  expect(found.groups).toEqual(["container_name", "host", "container_id", "kube_deployment"]);
  expect(found.rows[0]!.tags).toEqual(["web", "a", "abcdef012345", "shop"]);
});

it("adds the containers without a reading", () => {
  expect(withMissing(TABLE, CONTAINERS).rows[1]).toEqual({
    tags: ["db", "b", "0123456789ab"],
    values: [null],
  });
  const elsewhere = { ...CONTAINERS[0]!, id: "ffff", host: "c" };
  const byHost = {
    ...TABLE,
    groups: ["host", "container_name"],
    rows: [{ tags: ["a", "web"], values: [5] }],
  };
  expect(withMissing(byHost, [...CONTAINERS, elsewhere]).rows.map((row) => row.tags)).toEqual([
    ["a", "web"],
    ["b", "db"],
    ["c", "web"],
  ]);
  const other = { ...TABLE, groups: ["host"], rows: [{ tags: ["a"], values: [5] }] };
  expect(withMissing(other, CONTAINERS)).toEqual(other);
  const none = { columns: [], groups: [], rows: [] };
  expect(withMissing(none, CONTAINERS).rows.map((row) => row.tags[0])).toEqual(["web", "db"]);
});
