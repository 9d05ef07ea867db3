import { expect, test } from "vitest";
import { axisRange, bucketed, bucketsOf, percentileOf } from "./buckets";

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

test("scales and zero of the axis count", () => {
  const edges = bucketed([1, 10, 100], undefined, 2, { scale: "log" }).map((one) => Math.round(one.to));
  expect(edges).toEqual([10, 100]);
  expect(bucketed([5, 10], undefined, 2, { includeZero: true })[0]!.from).toBe(0);
});

test("percentiles lie in the bucket that reaches them", () => {
  const buckets = [
    { from: 0, to: 10, count: 90 },
    { from: 10, to: 20, count: 10 },
  ];
  expect(percentileOf(buckets, 0.95)).toBe(15);
  expect(percentileOf(buckets, 0.45)).toBe(5);
  expect(percentileOf([], 0.5)).toBeNull();
});

test("points are put into the buckets of the axis", () => {
  const bin = (value: number, count: number) => ({
    name: "",
    tags: [`bin:${value}`],
    unit: null,
    times: [0],
    values: [count],
  });
  const series = [bin(1, 50), bin(5, 50)];
  expect(bucketsOf(series, 5, [0, 10]).map((one) => one.count)).toEqual([50, 0, 50, 0, 0]);
  expect(bucketsOf(series, 2, [null, 100], "log").map((one) => Math.round(one.to))).toEqual([10, 100]);
});
