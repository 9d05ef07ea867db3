import { expect, it } from "vitest";
import { KINDS, kindOf, startOf } from "./kinds";

it("every kind is known again by what it starts with", () => {
  for (const kind of KINDS) expect(kindOf(kind.type, kind.query)).toBe(kind.value);
  expect(kindOf("rum alert", 'rum("*").last("5m") > 1')).toBe("");
});

it("keeps the metric that was chosen while the kind is chosen", () => {
  const kind = (value: string) => KINDS.find((one) => one.value === value)!;
  const written = {
    type: "metric alert",
    query: "sum(last_5m):sum:shop.orders{service:checkout}.as_count() < 3",
  };
  const anomaly = startOf(kind("anomaly"), written);
  expect(anomaly.query).toBe(
    "avg(last_4h):anomalies(sum:shop.orders{service:checkout}.as_count(), 'agile', 2) >= 1",
  );
  expect(startOf(kind("change"), anomaly).query).toBe(
    "pct_change(avg(last_5m),last_1h):sum:shop.orders{service:checkout}.as_count() > 50",
  );
  expect(startOf(kind("logs"), written)).toBe(kind("logs"));
  expect(startOf(kind("anomaly"), kind("metric"))).toBe(kind("anomaly"));
  expect(startOf(kind("metric"), kind("logs"))).toBe(kind("metric"));
});
