import { expect, it } from "vitest";
import { dimensionColumn, withDimension } from "./dimensions";

it("edits one dimension and keeps the others", () => {
  const all = [{ column: "@duration", dimension: "y" as const, alias: "ms" }];
  expect(dimensionColumn(all, "y")).toBe("@duration");
  expect(dimensionColumn(undefined, "y")).toBe("");
  expect(withDimension(all, "y", "@bytes")).toEqual([{ column: "@bytes", dimension: "y", alias: "ms" }]);
  expect(withDimension(all, "group", "service")).toEqual([...all, { column: "service", dimension: "group" }]);
  expect(withDimension(all, "y", "")).toEqual([]);
});
