import { expect, test } from "vitest";
import { columnWidth } from "./columnWidth";

test("a column is as wide as its header and its cells where there is room", () => {
  expect(columnWidth("host", ["a"], "whole")).toBe("minmax(60px, 69fr)");
  expect(columnWidth("h", ["x".repeat(30)], "shortened")).toBe("minmax(64px, 251fr)");
  expect(columnWidth("h", ["x".repeat(300)], "shortened")).toBe("minmax(64px, 360fr)");
});

test("with less room headers and texts are shortened, numbers are not", () => {
  expect(columnWidth("Memory capacity", ["1"], "whole")).toBe("minmax(60px, 150fr)");
  expect(columnWidth("h", ["123456789012"], "whole")).toBe("minmax(120px, 120fr)");
});
