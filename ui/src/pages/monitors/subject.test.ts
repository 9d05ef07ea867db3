import { expect, it } from "vitest";
import { subjectOf } from "./subject";

it("leads to the SLO, or to the explorer with the search", () => {
  const burn = 'burn_rate("c8a4").over("7d").long_window("1h").short_window("5m") > 16.8';
  expect(subjectOf(burn)).toEqual({ href: "/slo/c8a4", label: "View SLO" });
  const logs = 'logs("\\"Order failed\\"").index("*").rollup("count").last("5m") > 0';
  expect(subjectOf(logs)?.href).toBe("/logs?query=%22Order%20failed%22");
  const spans = 'trace-analytics("status:error").rollup("count").by("service").last("5m") > 10';
  expect(subjectOf(spans)?.href).toBe("/apm/traces?spans=all&query=status%3Aerror");
  const errors = 'error-tracking("*").source("all").new().rollup("count").by("issue.id").last("1d") > 0';
  expect(subjectOf(errors)?.href).toBe("/error-tracking");
  expect(subjectOf("avg(last_5m):avg:system.cpu.user{*} > 90")).toBeUndefined();
});
