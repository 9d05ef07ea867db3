import { expect, test } from "vitest";
import { fittedText } from "./fittedText";

const measures = { measureText: (text: string) => ({ width: text.length * 6 }) };

test("what fits stays, the rest is cut with an ellipsis", () => {
  expect(fittedText(measures, "requests", 48)).toBe("requests");
  expect(fittedText(measures, "requests per second", 60)).toBe("requests\u2026");
  expect(fittedText(measures, "requests", 5)).toBe("");
});
