import { expect, test } from "vitest";
import { alertGraph, watchedQuery } from "./alertQuery";

const monitor = {
  name: "CPU",
  type: "query alert",
  query: "avg(last_5m):avg:system.cpu.user{env:prod} by {host} > 90",
  options: { thresholds: { critical: 90, warning: 80 } },
};

test("a monitor's query is what it watches", () => {
  expect(watchedQuery(monitor.query)).toEqual({
    text: "avg:system.cpu.user{env:prod} by {host}",
    comparator: ">",
  });
  expect(watchedQuery("sum(last_1h):a{*} / b{*} <= -0.5")?.text).toBe("a{*} / b{*}");
  expect(watchedQuery('"http.can_connect".over("*").last(2)')).toBeNull();
});

test("its graph has its thresholds", () => {
  const graph = alertGraph({ type: "alert_graph", viz_type: "timeseries" }, monitor)!;
  expect(graph.title).toBe("CPU");
  expect(graph.markers?.map((marker) => marker.value)).toEqual(["y = 90", "y = 80"]);
  expect(alertGraph({ type: "alert_value", viz_type: "value", unit: "%" }, monitor)).toMatchObject({
    type: "query_value",
    custom_unit: "%",
  });
  expect(alertGraph({ type: "alert_graph" }, { ...monitor, query: "x" })).toBeNull();
});
