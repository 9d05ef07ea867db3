import { expect, test } from "vitest";
import { contrast, readable, withAlpha } from "./palette";

test("text on a color is the one that can be read", () => {
  expect(contrast("#ffffff", "#000000")).toBeCloseTo(21);
  expect(contrast("#a57afb", "#ffffff")).toBeLessThan(4.5);
  expect(readable("#a57afb", "#ffffff", "#14181f")).toBe("#14181f");
  expect(readable("#501aa7", "#ffffff", "#14181f")).toBe("#ffffff");
});

test("colors of three digits are those of six", () => {
  expect(contrast("#fff", "#000")).toBeCloseTo(21);
  expect(readable("#123456", "#fff", "#111")).toBe("#fff");
  expect(readable("#fed", "#fff", "#111")).toBe("#111");
  expect(withAlpha("#fff", 0.5)).toBe("#ffffff80");
});
