import { expect, test } from "vitest";
import { partsOf, slicesOf, tilesOf, withOther } from "./shares";

const table = (groups: string[], rows: [string[], number | null][]) => ({
  columns: [{ name: "hits", unit: null }],
  groups,
  rows: rows.map(([tags, value]) => ({ tags, values: [value] })),
});

test("groups become a tree, largest first", () => {
  const parts = partsOf(
    table(
      ["a", "b"],
      [
        [["x", "1"], 1],
        [["y", "1"], 5],
        [["x", "2"], 2],
        [["z", ""], null],
      ],
    ),
  );
  expect(parts.map((part) => [part.label, part.value])).toEqual([
    ["y", 5],
    ["x", 3],
  ]);
  expect(parts[1]!.children.map((part) => part.label)).toEqual(["2", "1"]);
});

test("formulas without groups are parts of their own", () => {
  const several = {
    columns: [
      { name: "ok", unit: null },
      { name: "bad", unit: null },
    ],
    groups: [],
    rows: [{ tags: [], values: [3, 4] }],
  };
  expect(partsOf(several).map((part) => part.label)).toEqual(["bad", "ok"]);
});

test("slices go round the whole circle, small ones joined", () => {
  const many = partsOf(
    table(
      ["a"],
      [[["big"], 980], ...Array.from({ length: 20 }, (_, i): [string[], number] => [[`s${i}`], 1])],
    ),
  );
  const slices = slicesOf(many);
  expect(slices.map((slice) => slice.label)).toEqual(["big", "other"]);
  expect(slices.at(-1)!.end).toBeCloseTo(1);
  expect(withOther(many.slice(0, 2)).length).toBe(2);
});

test("tiles fill the frame without overlap, in proportion", () => {
  const rows = Array.from({ length: 9 }, (_, i): [string[], number] => [[`g${i}`], i + 1]);
  const tiles = tilesOf(partsOf(table(["a"], rows)), 300, 200);
  const whole = rows.reduce((sum, row) => sum + row[1], 0);
  for (const tile of tiles) {
    expect(tile.width * tile.height).toBeCloseTo((tile.value / whole) * 60_000, 3);
    for (const other of tiles) {
      if (other === tile) continue;
      const across = Math.min(tile.x + tile.width, other.x + other.width) - Math.max(tile.x, other.x);
      const down = Math.min(tile.y + tile.height, other.y + other.height) - Math.max(tile.y, other.y);
      expect(across > 1e-6 && down > 1e-6).toBe(false);
    }
  }
});
