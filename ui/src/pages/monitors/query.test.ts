import { expect, test } from "vitest";
import { readCondition, thresholdMeaning, windowLength, withQuery, writeCondition } from "./query";

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
});
