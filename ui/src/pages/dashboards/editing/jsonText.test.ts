import { expect, it } from "vitest";
import { readDefinition, readObject, reasonOf } from "./jsonText";

it("reads objects, and says what is wrong with other texts", () => {
  expect(readObject('{"mark": "bar"}')).toEqual({ value: { mark: "bar" } });
  for (const text of ["[]", "null", "5", '"a"'])
    expect(readObject(text)).toEqual({ problem: "Expected an object" });
  expect(readObject('{"mark": ')).toEqual({ problem: expect.stringContaining("JSON") });
});

it("reads definitions", () => {
  expect(readDefinition('{"type": "note"}')).toEqual({ value: { type: "note" } });
  for (const text of ["{}", "null", '{"type": 5}'])
    expect(readDefinition(text)).toEqual({ problem: "Expected a definition with a 'type'" });
});

it("says why an editor cannot be left", () => {
  expect(reasonOf(undefined)).toBeUndefined();
  expect(reasonOf({ label: "Specification", text: "{", problem: "Expected an object" })).toBe(
    "Specification cannot be read: Expected an object",
  );
});
