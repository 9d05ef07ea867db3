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

test("sorted by the group where the request says so", () => {
  const rows: [string[], number][] = [
    [["web-10"], 5],
    [["web-2"], 1],
  ];
  const sort = { order_by: [{ type: "group" as const, name: "host", order: "asc" as const }] };
  expect(barsOf(table(["host"], rows), { sort }, true).map((bar) => bar.label)).toEqual(["web-2", "web-10"]);
});

test("several formulas are the parts of a stacked bar, and bars of their own otherwise", () => {
  const two = {
    columns: [
      { name: "read", unit: null },
      { name: "write", unit: null },
    ],
    groups: ["disk"],
    rows: [{ tags: ["sda"], values: [3, 4] }],
  };
  expect(barsOf(two, {}, true)).toMatchObject([
    {
      label: "sda",
      value: 7,
      parts: [
        { label: "read", value: 3 },
        { label: "write", value: 4 },
      ],
    },
  ]);
  expect(barsOf(two, {}, false).map((bar) => [bar.label, bar.value])).toEqual([
    ["sda · write", 4],
    ["sda · read", 3],
  ]);
});
