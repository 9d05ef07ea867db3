import { expect, test } from "vitest";
import { sparkPath, sparkRange } from "./sparkPath";

test("gaps stay gaps", () => {
  expect(sparkPath([0, 10, null, 10], 30, 12)).toBe("M0.0 11.0L10.0 1.0M30.0 1.0");
  expect(sparkPath([null], 30, 12)).toBe("");
});

test("areas are closed at zero, bars stand on it", () => {
  expect(sparkPath([10, 10, null], 20, 12, "area")).toBe("M0.0 1.0L10.0 1.0L10.0 11.0L0.0 11.0Z");
  expect(sparkPath([10, null], 20, 12, "bars")).toBe("M1.0 11.0V1.0H9.0V11.0Z");
});

test("a shared range makes rows comparable", () => {
  const range = sparkRange([5, null, 10]);
  expect(range).toEqual([0, 10]);
  expect(sparkPath([5], 30, 12, "line", range)).toBe("M0.0 6.0");
});
