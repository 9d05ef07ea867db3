import { expect, it } from "vitest";
import { gridData } from "./heatgridRows";

const series = (host: string, values: (number | null)[]) =>
  ({ name: "cpu", tags: [`host:${host}`], times: values.map((_, i) => i * 10), values }) as never;

it("averages each series over columns of time, largest first", () => {
  const grid = gridData(
    [series("a", [1, 3, null, null]), series("b", [5, 7, 9, null])],
    { from: 0, to: 40 },
    2,
  );
  expect(grid.rows).toEqual([
    { label: "b", cells: [6, 9] },
    { label: "a", cells: [2, null] },
  ]);
  expect([grid.low, grid.high, grid.times]).toEqual([2, 9, [0, 20, 40]]);
});

it("sorts by label or by another aggregation", () => {
  const given = [series("b", [1, 1]), series("a", [0, 9])];
  const labels = (sort: object) => gridData(given, { from: 0, to: 20 }, 2, sort).rows.map((row) => row.label);
  expect(labels({ property: "label", order: "asc" })).toEqual(["a", "b"]);
  expect(labels({ property: "value", aggregation: "min", order: "desc" })).toEqual(["b", "a"]);
  expect(labels({ property: "value", aggregation: "max", order: "asc" })).toEqual(["b", "a"]);
});
