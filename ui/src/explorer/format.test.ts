import { describe, expect, it } from "vitest";
import { ExactNumber } from "~/core/json";
import { tagValues, textOf, toCsv, valueAt, withoutColors } from "./format";

describe("values of rows", () => {
  it.each([
    [{ a: { b: 1 } }, "a.b", 1],
    [{ "a.b": 2 }, "a.b", 2],
    [{ a: { "b.c": 3 } }, "a.b.c", 3],
    [{ "a.b": { c: 4 } }, "a.b.c", 4],
    [{ a: 5 }, "a.b", undefined],
    [{ a: null }, "a.b", undefined],
  ])("%j at %s", (tree, path, value) => expect(valueAt(tree, path)).toBe(value));

  it("are text", () => {
    expect([textOf(undefined), textOf(0), textOf(false), textOf([1, "a"])]).toEqual([
      "",
      "0",
      "false",
      '[1,"a"]',
    ]);
    expect(textOf(new ExactNumber("12345678901234567890"))).toBe("12345678901234567890");
  });

  it("tags, colors, CSV", () => {
    expect(tagValues(["env:prod", "team:a", "team:b", "envx:1"], "Team")).toEqual(["a", "b"]);
    expect(withoutColors("\u001b[31mred\u001b[0m x")).toBe("red x");
    expect(toCsv(["a", "b"], [['x "y"', "1,2"]])).toBe('a,b\n"x ""y""","1,2"');
  });
});
