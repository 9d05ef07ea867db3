import { expect, test } from "vitest";
import { formulaBody, formulaNames, spanOf, timeAskedOf, windowOf } from "./request";
import { fromScalar, joinTables, reduce, tabled } from "./tables";

const series = { name: "x", tags: ["host:x"], unit: null, times: [1, 2, 3], values: [1, null, 5] };

test("tables", () => {
  const columns = [
    { name: "host", type: "group" as const, values: [["a"], ["b"]] },
    { name: "q", type: "number" as const, values: [1, null] },
  ];
  const table = fromScalar({ data: { attributes: { columns } } }, ["CPU"]);
  expect(table.rows).toEqual([
    { tags: ["a"], values: [1] },
    { tags: ["b"], values: [null] },
  ]);
  const other = tabled([series], "last", "last");
  expect(other.rows).toEqual([{ tags: ["x"], values: [5] }]);
  expect(joinTables([table, other]).rows).toContainEqual({ tags: ["x"], values: [null, 5] });
});

test("reducers skip what is not there", () => {
  expect(reduce([null, 1, 3])).toBe(2);
  expect(reduce([null], "sum")).toBeNull();
  expect(reduce([1, 2, null], "last")).toBe(2);
});

test("requests", () => {
  const request = {
    queries: [{ name: "a", data_source: "metrics", query: "avg:x{*}" }],
    formulas: [{ formula: "a * 2", alias: "twice" }, { formula: "a" }],
  };
  expect(formulaNames(request)).toEqual(["twice", "avg:x{*}"]);
  expect(formulaBody(request, "scalar", { from: 1, to: 2 })).toMatchObject({
    data: { type: "scalar_request" },
  });
});

test("a widget's own time", () => {
  const page = { from: 0, to: 7_200_000 };
  expect(spanOf({ live_span: "1mo" })).toBe(2_592_000_000);
  expect(windowOf({ live_span: "1h" }, page)).toEqual({ from: 3_600_000, to: 7_200_000 });
  expect(windowOf({ type: "fixed", from: 1, to: 2 }, page)).toEqual({ from: 1000, to: 2000 });
  expect(windowOf(undefined, page)).toBe(page);
});

test("what a widget's question says of time", () => {
  const hour = 3_600_000;
  const page = { from: 0, to: 2 * hour };
  const later = { from: 60_000, to: 2 * hour + 60_000 };
  const longer = { from: 0, to: 2 * hour + 60_000 };
  for (const time of [undefined, { live_span: "1h" }, { type: "fixed" as const, from: 1, to: 2 }])
    expect(timeAskedOf(time, later, true)).toBe(timeAskedOf(time, page, true));
  expect(timeAskedOf({ live_span: "week_to_date" }, longer, true)).toBe(
    timeAskedOf({ live_span: "week_to_date" }, page, true),
  );
  expect(timeAskedOf(undefined, longer, true)).not.toBe(timeAskedOf(undefined, page, true));
  expect(timeAskedOf(undefined, later, false)).not.toBe(timeAskedOf(undefined, page, false));
  expect(timeAskedOf({ type: "fixed", from: 1, to: 3 }, page, true)).not.toBe(
    timeAskedOf({ type: "fixed", from: 2, to: 4 }, page, true),
  );
});
