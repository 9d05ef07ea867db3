import { expect, test } from "vitest";
import type { Series } from "~/core/response";
import { counted, sliOf } from "./sli";

const line = (formula: number, times: number[], values: number[]): Series => ({
  name: "",
  tags: [],
  unit: null,
  formula,
  times,
  values,
});

test("good events of all events, added up over groups and buckets", () => {
  const { overall, line: lines } = sliOf([
    line(0, [1, 2], [9, 10]),
    line(0, [2], [5]),
    line(1, [1, 2, 3], [10, 20, 0]),
  ]);
  expect(overall).toBe(80);
  expect(lines[0]!.times).toEqual([1, 2, 3]);
  expect([...lines[0]!.values]).toEqual([90, 75, Number.NaN]);
});

test("no events, no share", () => {
  expect(sliOf([])).toEqual({ overall: null, line: [] });
  expect(sliOf([line(0, [1], [3])]).overall).toBeNull();
});

test("events are counted, not rates", () => {
  expect(counted("sum:a{*}")).toBe("sum:a{*}.as_count()");
  expect(counted("sum:a{x:y} by {z}.as_rate().rollup(sum, 60)")).toBe(
    "sum:a{x:y} by {z}.as_count().rollup(sum, 60)",
  );
  expect(counted("sum:a{*} - sum:b{*}.as_count()")).toBe("sum:a{*}.as_count() - sum:b{*}.as_count()");
});
