import { expect, test } from "vitest";
import { heatCells } from "./heatCells";

const line = (values: number[], tags: string[] = []) => ({
  name: "a",
  tags,
  unit: null,
  times: values.map((_, i) => i * 60_000),
  values,
});
const options = { rows: 2, columns: 60, min: null, max: null };

test("values of all series are counted by time and range", () => {
  const { cells, low, high, most } = heatCells([line([0, 10]), line([1, 0])], options);
  expect([low, high, most]).toEqual([0, 10, 2]);
  expect(cells.map(({ from, low, count, column }) => [from, low, count, column])).toEqual([
    [0, 0, 2, 2],
    [60_000, 5, 1, 2],
    [60_000, 0, 1, 2],
  ]);
});

test("bins of a distribution count as many points as they say", () => {
  const { cells } = heatCells([line([5], ["bin:1"]), line([3], ["bin:9"])], options);
  expect(cells.map((cell) => [cell.low, cell.count])).toEqual([
    [1, 5],
    [5, 3],
  ]);
});

test("nothing gives nothing", () => {
  expect(heatCells([], options).cells).toEqual([]);
});

test("on a log scale the ranges grow, and what is not positive has no place", () => {
  const { cells } = heatCells([line([1, 10, 100, 0])], { ...options, scale: "log" });
  expect(cells.map((cell) => [cell.low, cell.high].map(Math.round))).toEqual([
    [1, 10],
    [10, 100],
    [10, 100],
  ]);
});

test("zero is in view where the author wants it", () => {
  expect(heatCells([line([5, 10])], { ...options, includeZero: true }).low).toBe(0);
  expect(heatCells([line([5, 10])], options).low).toBe(5);
});
