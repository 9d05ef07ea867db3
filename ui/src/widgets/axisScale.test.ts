import { expect, test } from "vitest";
import { toScale, transformOf, withZero } from "./axisScale";

test("names of scales", () => {
  expect(["linear", "log", "sqrt", "pow2", "pow0.5", "cubic", undefined].map(toScale)).toEqual([
    "linear",
    "log",
    0.5,
    2,
    0.5,
    "linear",
    "linear",
  ]);
});

test("a value stands where its scale says", () => {
  expect(transformOf("log").share(10, 1, 100)).toBeCloseTo(0.5);
  expect(transformOf(0.5).share(25, 0, 100)).toBeCloseTo(0.5);
  expect(transformOf(2).share(50, 0, 100)).toBeCloseTo(0.25);
  expect(transformOf().share(25, 0, 100)).toBeCloseTo(0.25);
  expect(transformOf("log").from(transformOf("log").to(7))).toBeCloseTo(7);
  expect([transformOf("log").has(0), transformOf(0.5).has(0)]).toEqual([false, true]);
});

test("zero is in view where it is wanted and possible", () => {
  expect(withZero([5, 9], true, "linear")).toEqual([0, 9]);
  expect(withZero([5, 9], undefined, "linear")).toEqual([5, 9]);
  expect(withZero([5, 9], true, "log")).toEqual([5, 9]);
});
