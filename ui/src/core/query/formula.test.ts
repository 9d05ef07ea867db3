import { expect, test } from "vitest";
import { strangersIn } from "./formula";

test("words that no query is called are found", () => {
  expect(strangersIn("100 * a / b", ["a", "b"])).toEqual([]);
  expect(strangersIn("a / errors", ["a"])).toEqual([{ name: "errors", position: 4 }]);
  expect(strangersIn("anomalies(a, 'basic', 2, direction='above')", ["a"])).toEqual([]);
  expect(strangersIn("a + avg:system.load.1{*}", ["a"])).toEqual([]);
});
