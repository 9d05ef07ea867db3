import { expect, test } from "vitest";
import { valueAt, withValue } from "./paths";

test("fields are read and changed where they are", () => {
  const object = { a: { b: [{ c: 1 }] }, z: 0 };
  expect(valueAt(object, "a.b.0.c")).toBe(1);
  expect(valueAt(object, "a.x.0")).toBeUndefined();
  expect(withValue(object, "a.b.0.c", 2)).toEqual({ a: { b: [{ c: 2 }] }, z: 0 });
  expect(object.a.b[0]!.c).toBe(1);
});

test("what is missing on the way is made, and undefined removes", () => {
  expect(withValue({}, "yaxis.scale", "log")).toEqual({ yaxis: { scale: "log" } });
  expect(withValue({}, "requests.0.limit", 3)).toEqual({ requests: [{ limit: 3 }] });
  expect(withValue({ a: 1, b: 2 }, "a", undefined)).toEqual({ b: 2 });
});
