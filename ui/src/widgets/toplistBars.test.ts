import { expect, test } from "vitest";
import { barsOf } from "./toplistBars";

const table = (groups: string[], rows: [string[], number | null][]) => ({
  columns: [{ name: "hits", unit: null }],
  groups,
  rows: rows.map(([tags, value]) => ({ tags, values: [value] })),
});

test("largest first, without groups that have no value", () => {
  const bars = barsOf(
    table(
      ["host"],
      [
        [["a"], 1],
        [["b"], 3],
        [["c"], null],
      ],
    ),
    {},
    true,
  );
  expect(bars.map((bar) => [bar.label, bar.value])).toEqual([
    ["b", 3],
    ["a", 1],
  ]);
});

test("cut and turned as the request says", () => {
  const request = { formulas: [{ formula: "a", limit: { count: 1, order: "asc" as const } }] };
  expect(
    barsOf(
      table(
        ["host"],
        [
          [["a"], 1],
          [["b"], 3],
        ],
      ),
      request,
      false,
    ).map((bar) => bar.label),
  ).toEqual(["a"]);
});

test("stacked bars are split by the second key", () => {
  const rows: [string[], number][] = [
    [["web", "200"], 5],
    [["web", "500"], 7],
    [["db", "200"], 1],
  ];
  const bars = barsOf(table(["service", "status"], rows), {}, true);
  expect(bars).toMatchObject([
    {
      label: "web",
      value: 12,
      parts: [
        { label: "500", value: 7 },
        { label: "200", value: 5 },
      ],
    },
    { label: "db", value: 1 },
  ]);
  expect(barsOf(table(["service", "status"], rows), {}, false)[0]!.label).toBe("web, 500");
});
