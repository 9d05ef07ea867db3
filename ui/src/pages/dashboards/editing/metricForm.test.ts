import { expect, test } from "vitest";
import { formatMetricForm, parseMetricForm, withMetric } from "./metricForm";

const TEXTS = [
  "avg:system.cpu.user{*}",
  "sum:web.requests{env:prod,!host:a} by {host,zone}.as_count()",
  "p95:trace.flask.request{$service} by {resource_name}.rollup(max, 300).fill(zero)",
  "top(avg:system.load.1{*} by {host}, 10, 'mean', 'desc')",
  "anomalies(ewma_5(avg:a.b{x:(y OR z)}), 'agile', 2)",
];

test("what the form reads, it writes the same", () => {
  for (const text of TEXTS) expect(formatMetricForm(parseMetricForm(text)!)).toBe(text);
});

test("parts", () => {
  expect(parseMetricForm(TEXTS[3]!)).toEqual({
    aggregator: "avg",
    metric: "system.load.1",
    scope: "*",
    by: ["host"],
    modifiers: [],
    functions: [{ name: "top", args: "10, 'mean', 'desc'" }],
  });
});

test("arithmetic and broken text stay text", () => {
  for (const text of ["avg:a{*} / avg:b{*}", "avg:a{", "", "100", "abs(avg:a{*}) + 1"]) {
    expect(parseMetricForm(text)).toBeNull();
  }
});

test("adds counts up and averages gauges, unless something else was chosen", () => {
  const text = (given: string, type: string | null) =>
    formatMetricForm(withMetric(parseMetricForm(given)!, "shop.orders", type));
  expect(text("avg:system.load.1{*} by {host}", "count")).toBe("sum:shop.orders{*} by {host}.as_count()");
  expect(text("avg:system.load.1{*}", "rate")).toBe("sum:shop.orders{*}.as_rate()");
  expect(text("sum:web.hits{*}.as_count()", "gauge")).toBe("avg:shop.orders{*}");
  expect(text("max:system.load.1{*}", "count")).toBe("max:shop.orders{*}");
  expect(text("avg:system.load.1{*}", null)).toBe("avg:shop.orders{*}");
});
