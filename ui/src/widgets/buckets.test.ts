import { expect, test } from "vitest";
import { axisRange, bucketed } from "./buckets";

test("values are counted in equal buckets, all of them", () => {
  const buckets = bucketed([0, 1, 2, 9, 10], undefined, 5);
  expect(buckets.map((bucket) => bucket.count)).toEqual([2, 1, 0, 0, 2]);
  expect([buckets[0]!.from, buckets.at(-1)!.to]).toEqual([0, 10]);
  expect(bucketed([])).toEqual([]);
  expect(bucketed([7, 7])[0]!.count).toBe(2);
});

test("an axis cuts", () => {
  expect(bucketed([1, 5, 50], axisRange("auto", "10"), 3).reduce((sum, one) => sum + one.count, 0)).toBe(2);
  expect(axisRange(undefined, "auto")).toEqual([null, null]);
});
