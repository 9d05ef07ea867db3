import { expect, test } from "vitest";
import { dotsOf, rangeOf } from "./scatterDots";

const table = {
  columns: ["x", "y", "radius"].map((name) => ({ name, unit: null })),
  groups: ["host", "zone"],
  rows: [
    { tags: ["a", "eu"], values: [1, 2, 100] },
    { tags: ["b", "us"], values: [3, 4, 0] },
    { tags: ["c", "us"], values: [3, null, 0] },
  ],
};

test("a dot a group that has both numbers", () => {
  expect(dotsOf(table, ["x", "y", "radius"], ["zone"])).toEqual([
    { label: "a, eu", x: 1, y: 2, radius: 18, group: "eu" },
    { label: "b, us", x: 3, y: 4, radius: 4, group: "us" },
  ]);
});

test("bounds come from the author, else from the values", () => {
  expect(rangeOf([0, 100], [null, 50])).toEqual([0, 50]);
  expect(rangeOf([100, 200], [null, null])).toEqual([94, 206]);
});

test("zero and scales of an axis count", () => {
  expect(rangeOf([100, 200], [null, null], "linear", true)).toEqual([0, 212]);
  const [low, high] = rangeOf([1, 0, 100], [0, null], "log");
  expect(low).toBeCloseTo(10 ** -0.12);
  expect(high).toBeCloseTo(10 ** 2.12);
});

test("a formula of the color gives a shade between the extremes", () => {
  const columns = ["x", "y", "color"].map((name) => ({ name, unit: null }));
  const rows = [5, 10, 15].map((color, i) => ({ tags: [`h${i}`], values: [i, i, color] }));
  const dots = dotsOf({ columns, groups: ["host"], rows }, ["x", "y", "color"], []);
  expect(dots.map((dot) => dot.shade)).toEqual([0, 0.5, 1]);
});
