import { expect, it } from "vitest";
import { unkept } from "./unkept";

const stream = (query: object) => ({ type: "list_stream", requests: [{ query }] });

it("says which filters of a list have no effect", () => {
  const filters = { persona: "all", team_handles: ["web"], states: [] };
  expect(unkept(stream({ data_source: "logs_stream", ...filters }))).toEqual([
    "Filter 'persona' is of issues: these entries have none",
    "Filter 'team_handles' is of issues: these entries have none",
  ]);
  expect(unkept(stream({ data_source: "issue_stream", ...filters }))).toEqual([
    "Filter 'team_handles' is not applied to these issues",
  ]);
  expect(unkept(stream({ data_source: "rum_stream", ...filters }))).toEqual([]);
});

it("says where an order is not kept", () => {
  const sort = { column: "@duration", order: "desc" };
  expect(unkept(stream({ data_source: "logs_stream", sort }))).toEqual([]);
  expect(unkept(stream({ data_source: "trace_stream", sort }))).toEqual([
    "Sorted by time: spans have no order by '@duration'",
  ]);
});

it("takes definitions that are odd as far as they can be read", () => {
  const logs = { data_source: "logs_stream" };
  const list = (request: unknown) => unkept({ type: "list_stream", requests: [request] });
  for (const columns of [{}, [null], [{}], [{ field: 1 }], "content"])
    expect(list({ query: logs, columns })).toEqual([]);
  expect(list({ query: { data_source: 5 } })).toEqual([]);
  expect(list({ query: { ...logs, sort: { column: 1 } } })).toEqual([]);
  expect(list({ query: { data_source: "trace_stream", sort: { column: 1 } } })).toEqual([]);
  expect(list({ query: { data_source: "logs_pattern_stream", group_by: {} } })).toEqual([]);
  for (const request of [null, 5, "a", { query: null }, { query: 5 }]) expect(list(request)).toEqual([]);
  const table = (apm_stats_query: unknown) =>
    unkept({ type: "query_table", requests: [{ apm_stats_query }] });
  expect(table({ columns: [{}] })).toEqual(["Column '' is no trace statistic"]);
  expect(table({ columns: [null, { name: 5 }] })).toEqual([
    "Column '' is no trace statistic",
    "Column '5' is no trace statistic",
  ]);
  for (const stats of [5, { columns: {} }, { columns: "hits" }]) expect(table(stats)).toEqual([]);
});

it("says which nodes are not collected", () => {
  const map = (node_type: string) => unkept({ type: "hostmap", requests: { request_type: "x", node_type } });
  expect(map("pod")).toEqual(["No list of pods is kept here: hosts are shown"]);
  expect(map("container")).toEqual([]);
});

it("says which columns are no statistics", () => {
  const requests = [{ apm_stats_query: { columns: [{ name: "hits" }, { name: "magic" }] } }, null];
  expect(unkept({ type: "query_table", requests })).toEqual(["Column 'magic' is no trace statistic"]);
  expect(unkept({ type: "note", content: "x" })).toEqual([]);
});
