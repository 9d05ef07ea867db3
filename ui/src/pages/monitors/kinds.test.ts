import { expect, it } from "vitest";
import { KINDS, kindOf } from "./kinds";

it("every kind is known again by what it starts with", () => {
  for (const kind of KINDS) expect(kindOf(kind.type, kind.query)).toBe(kind.value);
  expect(kindOf("rum alert", 'rum("*").last("5m") > 1')).toBe("");
});
