import { expect, test } from "vitest";
import { questionOf, readAsked, widgetOf, writeAsked } from "./queries";

const params = (change: Record<string, string | null>) =>
  new URLSearchParams(Object.entries(change).filter((entry): entry is [string, string] => entry[1] !== null));

test("the address holds queries and formulas, those without text too", () => {
  const asked = { queries: ["avg:a{*}", ""], formulas: ["a / 2"] };
  expect(readAsked(params(writeAsked(asked)))).toEqual(asked);
  expect(readAsked(new URLSearchParams()).queries).toHaveLength(1);
});

test("formulas are drawn in the place of their queries", () => {
  const queries = ["avg:a{*}", "", "avg:c{*}"];
  expect(questionOf({ queries, formulas: [] })?.formulas.map((one) => one.formula)).toEqual(["a", "c"]);
  expect(questionOf({ queries, formulas: ["a / c", ""] })?.formulas).toEqual([{ formula: "a / c" }]);
  expect(questionOf({ queries: [""], formulas: ["a"] })).toBeNull();
});

test("a widget of it is what is drawn", () => {
  const widget = widgetOf({ queries: ["avg:a{*}"], formulas: ["2 * a"] }, "bars");
  expect(widget.title).toBe("2 * a");
  expect(widget.requests).toMatchObject([{ display_type: "bars", formulas: [{ formula: "2 * a" }] }]);
});
