import { expect, it } from "vitest";
import { budgetLeft } from "./budget";

it("falls with each bad event and ends at what is left", () => {
  expect(budgetLeft([10, 9, 10], [10, 10, 10], 90)).toEqual([100, 66.66666666666667, 66.66666666666667]);
});

it("goes below zero once more is bad than allowed", () => {
  expect(budgetLeft([5], [10], 90)).toEqual([-400]);
  expect(budgetLeft([], [], 90)).toEqual([]);
});
