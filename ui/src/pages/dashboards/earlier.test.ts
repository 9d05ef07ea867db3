import { expect, test } from "vitest";
import type { WidgetDefinition, WidgetRequest } from "~/widgets/types";
import { isComparable, withEarlier } from "./earlier";

const graph = (...requests: WidgetRequest[]) => ({ type: "timeseries", requests }) as WidgetDefinition;

test("each line comes once more, of the earlier time", () => {
  const compared = withEarlier(
    graph(
      { q: "avg:a{x:y,z:w} by {host}", style: { palette: "warm" } },
      {
        queries: [{ name: "query1", data_source: "logs" }],
        formulas: [{ formula: "query1 * 2", alias: "Twice" }],
      },
    ),
    "week_before",
  );
  const [, , first, second] = compared.requests as WidgetRequest[];
  expect(first).toMatchObject({
    q: "week_before(avg:a{x:y,z:w} by {host})",
    style: { palette: "warm", line_type: "dashed" },
  });
  expect(second!.formulas).toEqual([{ formula: "week_before(query1 * 2)", alias: "Twice (week before)" }]);
});

test("queries without formulas are compared by their names", () => {
  const compared = withEarlier(graph({ queries: [{ name: "a", data_source: "metrics" }] }), "hour_before");
  expect((compared.requests as WidgetRequest[])[1]!.formulas).toEqual([{ formula: "hour_before(a)" }]);
});

test("what has no earlier line stays as it is", () => {
  const several = graph({ q: "avg:a{*}, avg:b{*}" });
  expect(isComparable(several)).toBe(false);
  expect(withEarlier(several, "day_before")).toBe(several);
  expect(isComparable({ ...graph({ q: "avg:a{*}" }), type: "toplist" } as WidgetDefinition)).toBe(false);
  expect(isComparable(graph())).toBe(false);
});
