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
