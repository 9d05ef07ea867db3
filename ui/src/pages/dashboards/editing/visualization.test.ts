import { expect, test } from "vitest";
import { converted, newRequest, shapeFor, shapeOf, withRequests } from "./visualization";

test("a graph becomes a table and back with its queries", () => {
  const graph = {
    type: "timeseries",
    title: "t",
    requests: [newRequest("timeseries"), newRequest("timeseries")],
  };
  const table = converted(graph, "query_table");
  expect(table.requests[0]).toMatchObject({ response_format: "scalar", queries: [{ aggregator: "avg" }] });
  const back = converted(table, "timeseries");
  expect(back.requests[0].queries[0].aggregator).toBeUndefined();
  expect(converted(graph, "query_value").requests.length).toBe(1);
});

test("requests keep the form that they had", () => {
  const map = { type: "hostmap", requests: { fill: { q: "a" }, size: { q: "b" } } };
  expect(withRequests(map, [{ q: "x" }, { q: "y" }]).requests).toEqual({
    fill: { q: "x" },
    size: { q: "y" },
  });
  expect(withRequests({ type: "toplist", requests: [] }, [{ q: "x" }]).requests).toEqual([{ q: "x" }]);
});

test("types without queries have no shape", () => {
  expect([shapeOf("note"), shapeOf("timeseries"), shapeOf("geomap")]).toEqual([null, "timeseries", "scalar"]);
});

test("a wildcard draws what its requests ask for", () => {
  const shape = (request: object) => shapeFor({ type: "wildcard", requests: [request] });
  expect(shape({ response_format: "timeseries", queries: [] })).toBe("timeseries");
  expect(shape({ response_format: "scalar", queries: [] })).toBe("scalar");
  expect(shape({ response_format: "event_list", query: {} })).toBeNull();
  expect(shapeFor({ type: "toplist" })).toBe("scalar");
});
