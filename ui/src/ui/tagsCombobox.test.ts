import { expect, test } from "vitest";
import { offeredTags } from "./tagsCombobox";

test("what is written is offered last, unless it is known or may not be taken", () => {
  expect(offeredTags(["env:prod", "env:dev"], ["host:a"], "env")).toEqual([
    "host:a",
    "env:prod",
    "env:dev",
    "env",
  ]);
  expect(offeredTags(["env:prod"], [], " env:prod ")).toEqual(["env:prod"]);
  expect(offeredTags(["env:prod"], [], "a,b", (text) => !text.includes(","))).toEqual(["env:prod"]);
});
