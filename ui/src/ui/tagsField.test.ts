import { expect, test } from "vitest";
import { readTags } from "./tagsField";

test("tags are separated by commas; blanks and empty parts are left out", () => {
  expect(readTags("team:web, service:shop")).toEqual(["team:web", "service:shop"]);
  expect(readTags(" a ,, b,")).toEqual(["a", "b"]);
  expect(readTags("")).toEqual([]);
});
