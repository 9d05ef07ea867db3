import { expect, it } from "vitest";
import { readChange, writeChange } from "./change";

it("changes are read and written back the same", () => {
  const text = "pct_change(avg(last_5m),last_1h):avg:system.load.1{*} by {host} > 50";
  expect(readChange(text)).toEqual({
    kind: "pct_change",
    aggregator: "avg",
    window: "last_5m",
    shift: "last_1h",
    query: "avg:system.load.1{*} by {host}",
    comparator: ">",
    critical: "50",
  });
  expect(writeChange(readChange(text)!)).toBe(text);
});

it("an older spelling of what is compared with is understood", () => {
  const read = readChange("change(sum(last_10m),5m_ago):sum:a{*} <= -3.5");
  expect(read).toMatchObject({ kind: "change", shift: "last_5m", comparator: "<=", critical: "-3.5" });
});

it("other queries are left alone", () => {
  expect(readChange("avg(last_5m):avg:a{*} > 1")).toBeNull();
  expect(readChange("change(avg(last_5m)):avg:a{*} > 1")).toBeNull();
});
