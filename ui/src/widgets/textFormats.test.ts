import { expect, test } from "vitest";
import { textRule, textRulesOf } from "./textFormats";

test("the first rule that matches rewrites and colors", () => {
  const rules = [
    {
      match: { type: "starts_with", value: "web" },
      palette: "red_on_white",
      replace: { type: "all" as const, with: "W" },
    },
    { match: { type: "contains", value: "b" }, replace: { type: "substring" as const, substring: "b" } },
  ];
  expect(textRule("web-1", rules)).toMatchObject({ text: "W", rule: { palette: "red_on_white" } });
  expect(textRule("db", rules)).toMatchObject({ text: "d", rule: { palette: "white_on_green" } });
  expect(textRule("x", rules)).toEqual({ text: "x", rule: null });
  expect(textRule("x", undefined).text).toBe("x");
});

test("the rules are those of the request, by column", () => {
  const rule = { match: { type: "is", value: "a" } };
  const of = (requests: unknown) => textRulesOf({ type: "query_table", requests } as never);
  expect(of([{ text_formats: [[rule], []] }])).toEqual([[rule], []]);
  expect(of([{}, { text_formats: [null, [rule, "odd"]] }])).toEqual([[], [rule]]);
  expect(of(undefined)).toEqual([]);
});
