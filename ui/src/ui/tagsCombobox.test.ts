import { expect, test } from "vitest";
import { offeredTags } from "./tagsCombobox";

test("what is written is offered after what it begins, unless it is known or may not be taken", () => {
  expect(offeredTags(["env:prod", "env:dev"], ["host:a"], "env")).toEqual([
    "env:prod",
    "env:dev",
    "env",
    "host:a",
  ]);
  expect(offeredTags(["env:prod"], [], " env:prod ")).toEqual(["env:prod"]);
  expect(offeredTags(["env:prod"], [], "a,b", (text) => !text.includes(","))).toEqual(["env:prod"]);
});

test("an option that is written in full comes before longer ones, and before what Enter would remove", () => {
  expect(offeredTags(["status_line", "status"], [], "status")).toEqual(["status", "status_line"]);
  expect(offeredTags(["status", "status_line"], ["status_line"], "stat")).toEqual([
    "status",
    "stat",
    "status_line",
  ]);
});
