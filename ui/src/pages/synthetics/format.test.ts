import { expect, test } from "vitest";
import { assertionText, every } from "./format";

test("intervals in their largest whole unit", () => {
  expect([every(30), every(60), every(90), every(3600), every(604_800), every(null)]).toEqual([
    "30 s",
    "1 min",
    "90 s",
    "1 h",
    "7 d",
    "–",
  ]);
});

test("assertions as sentences", () => {
  expect(assertionText({ type: "statusCode", operator: "is", target: 200 })).toBe("status code is 200");
  expect(assertionText({ type: "header", operator: "isUndefined", property: "x-a" })).toBe(
    "header x-a is undefined",
  );
  const target = { jsonPath: "$.a", operator: "is", targetValue: 1 };
  expect(assertionText({ type: "body", operator: "validatesJSONPath", target })).toBe(
    'body has at JSONPath {"jsonPath":"$.a","operator":"is","targetValue":1}',
  );
});
