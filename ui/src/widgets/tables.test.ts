import { expect, test } from "vitest";
import { formulaBody, formulaNames, spanOf, windowOf } from "./request";
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
