import { expect, test } from "vitest";
import { metricOf } from "./query";

test("a unit is known where one metric is not turned into something else", () => {
  expect(metricOf("p95:trace.web.request{service:shop} by {host}")).toBe("trace.web.request");
  expect(metricOf("avg:system.cpu.user{*} by {host}")).toBe("system.cpu.user");
  expect(metricOf("sum:a{*}.as_count() / sum:b{*}.as_count()")).toBeNull();
  expect(metricOf("sum:a{*} * 100")).toBeNull();
  expect(metricOf("anomalies(avg:a{*}, 'basic', 2)")).toBeNull();
  expect(metricOf(undefined)).toBeNull();
});
