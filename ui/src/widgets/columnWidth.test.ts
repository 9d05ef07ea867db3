import { expect, test } from "vitest";
import { columnWidth } from "./columnWidth";

test("a column holds its header and its cells", () => {
  expect(columnWidth("host", ["a"], 1)).toBe("minmax(69px, 1fr)");
  expect(columnWidth("Memory capacity", ["1"], 1)).toBe("minmax(150px, 1fr)");
  expect(columnWidth("h", ["x".repeat(30)], 2)).toBe("minmax(251px, 2fr)");
  expect(columnWidth("h", ["x".repeat(300)], 2)).toBe("minmax(360px, 2fr)");
});
