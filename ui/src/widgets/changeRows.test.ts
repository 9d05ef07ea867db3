import { expect, test } from "vitest";
import { backOf, changeRows, comparedFormula } from "./changeRows";

const table = (rows: [string, number | null][]) => ({
  columns: [{ name: "hits", unit: null }],
  groups: ["host"],
  rows: rows.map(([tag, value]) => ({ tags: [tag], values: [value] })),
});
const now = table([
  ["a", 10],
  ["b", 5],
  ["c", 1],
]);
const before = table([
  ["a", 5],
  ["b", 6],
]);

test("absolute by change, largest first", () => {
  expect(changeRows(now, before, {}).map((row) => [row.name, row.change])).toEqual([
    ["a", 5],
    ["b", -1],
    ["c", null],
  ]);
});

test("relative, by name", () => {
  const request = { change_type: "relative", order_by: "name", order_dir: "asc" };
  expect(changeRows(now, before, request as never).map((row) => row.change)).toEqual([1, -1 / 6, null]);
});

test("what to compare to is a field, or a formula", () => {
  expect(backOf({ compare_to: "day_before" })).toBe(86_400_000);
  expect(comparedFormula({ formulas: [{ formula: "day_before(query1)" }, { formula: "query1" }] })).toEqual({
    now: "query1",
    back: 86_400_000,
  });
  expect(comparedFormula({ formulas: [{ formula: "query1" }] })).toBeNull();
});
