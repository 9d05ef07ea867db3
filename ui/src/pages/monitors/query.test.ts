import { expect, test } from "vitest";
import {
  allThresholds,
  backtestProblem,
  readCondition,
  thresholdMeaning,
  windowLength,
  withQuery,
  writeCondition,
} from "./query";

test("a condition is taken apart and put together", () => {
  const text = "avg(last_5m):avg:my_metric{*} by {host} > 800";
  const condition = readCondition(text)!;
  expect(condition).toEqual({
    aggregator: "avg",
    window: "last_5m",
    query: "avg:my_metric{*} by {host}",
    comparator: ">",
    critical: "800",
  });
  expect(writeCondition(condition)).toBe(text);
});

test("arithmetic, functions and exponents", () => {
  expect(
    readCondition("sum(last_1h):sum:a{*}.as_count() / sum:b{*}.as_count() * 100 >= 1e-3")!.critical,
  ).toBe("1e-3");
  expect(readCondition("avg(last_4h):anomalies(avg:a{*}, 'basic', 2) >= 0.75")!.query).toContain("anomalies");
  expect(readCondition('"http.can_connect".over("*").last(3).count_by_status()')).toBeNull();
});

test("window lengths", () => {
  expect(windowLength("last_5m")).toBe(300_000);
  expect(windowLength("last_1mo")).toBe(2_592_000_000);
});

test("a query of another kind brings the window and threshold that it needs", () => {
  const plain = readCondition("max(last_5m):avg:x{*} > 90")!;
  const banded = withQuery(plain, "anomalies(avg:x{*}, 'basic', 2)");
  expect(writeCondition(banded)).toBe("avg(last_4h):anomalies(avg:x{*}, 'basic', 2) >= 1");
  expect(thresholdMeaning(banded.query)).toMatch(/share/);
  const kept = { ...banded, critical: "0.5" };
  expect(withQuery(kept, "anomalies(avg:y{*}, 'agile', 2)").critical).toBe("0.5");
  expect(writeCondition(withQuery(plain, "avg:y{*}"))).toBe("max(last_5m):avg:y{*} > 90");
  expect(thresholdMeaning("avg:y{*}")).toBeUndefined();
  expect(thresholdMeaning("anomalies(avg:x{*}, 'auto', 2)")).toMatch(/oddest/);
});

test("a backtest takes a complete condition of a kind that has one", () => {
  const problem = (text: string, thresholds = {}) => backtestProblem(readCondition(text)!, thresholds);
  const complete = "avg(last_5m):avg:a{*} > 70";
  expect(problem(complete)).toBeUndefined();
  expect(problem(complete, { critical: 70, warning: 60, critical_recovery: 65 })).toBeUndefined();
  expect(problem("avg(last_5m):avg:a{*} > ")).toContain("Enter an alert threshold");
  expect(problem("avg(last_4h):anomalies(avg:a{*}, 'basic', 2) >= 1")).toBeUndefined();
  expect(problem("sum(current_1d):sum:a{*} > 5")).toBeUndefined();
});

test("a backtest takes thresholds in their order", () => {
  const problem = (comparator: string, thresholds: object) =>
    backtestProblem(readCondition(`avg(last_5m):avg:a{*} ${comparator} 70`)!, thresholds);
  expect(problem(">", { critical: 7 })).toContain("differs");
  expect(problem(">", { warning: 70 })).toContain("below the alert threshold");
  expect(problem("<", { warning: 60 })).toContain("above the alert threshold");
  expect(problem("<", { warning: 80, warning_recovery: 90, critical_recovery: 70 })).toBeUndefined();
  expect(problem(">", { warning_recovery: 50 })).toContain("needs a warning threshold");
  expect(problem(">", { critical_recovery: 71 })).toContain("must not be above");
  expect(problem(">", { warning: 60, warning_recovery: 61 })).toContain("must not be above");
  expect(problem("==", { warning: 60 })).toContain("no warning threshold");
});

test("the threshold of the query is one where none was sent beside it", () => {
  expect(allThresholds("percentile(last_5m):p95:a{*} > 0.22", undefined)).toEqual({ critical: 0.22 });
  expect(allThresholds('logs("x").index("*").rollup("count").last("5m") >= 1e3', { warning: 9 })).toEqual({
    critical: 1000,
    warning: 9,
  });
  expect(allThresholds("avg(last_5m):avg:x{*} > 5", { critical: 5, warning: 4 })).toEqual({
    critical: 5,
    warning: 4,
  });
  expect(allThresholds("1 && 2", {})).toEqual({});
  expect(allThresholds("avg(last_5m):avg:x{*} > ", {})).toEqual({});
});
