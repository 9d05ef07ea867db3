import { expect, test } from "vitest";
import { formatMetricForm, parseMetricForm, scopeTags, withMetric } from "./metricForm";

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

test("a metric brings the usual summary of its type, unless another was chosen", () => {
  const form = parseMetricForm("avg:a{*}")!;
  const counted = withMetric(form, "b", "gauge", "count");
  expect(formatMetricForm(counted)).toBe("sum:b{*}.as_count()");
  expect(formatMetricForm(withMetric(counted, "c", "count", "gauge"))).toBe("avg:c{*}");
  expect(formatMetricForm(withMetric(form, "b", undefined, "rate"))).toBe("sum:b{*}");
  const chosen = parseMetricForm("max:a{*}.rollup(max, 60)")!;
  expect(formatMetricForm(withMetric(chosen, "b", "gauge", "count"))).toBe("max:b{*}.rollup(max, 60)");
});

test("a scope is a list of tags, or an expression", () => {
  expect(scopeTags("*")).toEqual([]);
  expect(scopeTags("env:prod, !host:a,$service")).toEqual(["env:prod", "!host:a", "$service"]);
  expect(scopeTags("service:check-in,region:or")).toEqual(["service:check-in", "region:or"]);
  expect(scopeTags("not env:prod")).toBeNull();
  expect(scopeTags("env:prod AND host:a")).toBeNull();
  expect(scopeTags("env:prod AND (host:a OR host:b)")).toBeNull();
  expect(scopeTags("service IN (a,b)")).toBeNull();
});
