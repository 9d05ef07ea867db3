import { expect, test } from "vitest";
import { sparkPath } from "./sparkPath";

test("gaps stay gaps", () => {
  expect(sparkPath([0, 10, null, 10], 30, 12)).toBe("M0.0 11.0L10.0 1.0M30.0 1.0");
  expect(sparkPath([null], 30, 12)).toBe("");
});
