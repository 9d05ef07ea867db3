import { expect, test } from "vitest";
import { columnWidth } from "./columnWidth";

test("a column is as wide as its header and its cells where there is room", () => {
  expect(columnWidth("host", ["a"], 1)).toBe("minmax(60px, 69fr)");
  expect(columnWidth("h", ["x".repeat(30)], 2)).toBe("minmax(64px, 502fr)");
  expect(columnWidth("h", ["x".repeat(300)], 2)).toBe("minmax(64px, 720fr)");
});

test("with less room headers and texts are shortened, numbers are not", () => {
  expect(columnWidth("Memory capacity", ["1"], 1)).toBe("minmax(60px, 150fr)");
  expect(columnWidth("h", ["123456789012"], 1)).toBe("minmax(120px, 120fr)");
});
