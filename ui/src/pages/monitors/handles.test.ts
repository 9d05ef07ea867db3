import { expect, test } from "vitest";
import { handleAt } from "./handles";

test("a handle is completed where it is being written", () => {
  expect(handleAt("see @sla", 8)).toEqual({ text: "sla", start: 4 });
  expect(handleAt("@", 1)).toEqual({ text: "", start: 0 });
  expect(handleAt("a@b", 3)).toBeNull();
  expect(handleAt("@ann@exa", 8)).toEqual({ text: "ann@exa", start: 0 });
  expect(handleAt("@done ", 6)).toBeNull();
});
