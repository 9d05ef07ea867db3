import { expect, test } from "vitest";
import { indexOptions } from "./indexOptions";
import { columnsOf, exploredOf, withFields } from "./searchSources";

test("each source has the fields of its explorer", () => {
  expect(exploredOf("trace_stream")).toBe("spans");
  expect(exploredOf("issue_stream")).toBeUndefined();
  expect(columnsOf("logs_stream")).toContain("content");
  expect(columnsOf("issue_stream")).toContain("issue.last_seen");
});

test("columns keep their widths while others come and go", () => {
  const given = [{ field: "host", width: "compact" }, { field: "@a", width: "120" }, null];
  expect(withFields(given, ["content", "@a", "host"])).toEqual([
    { field: "content", width: "full" },
    { field: "@a", width: "120" },
    { field: "host", width: "compact" },
  ]);
  expect(withFields("odd", ["a"])).toEqual([{ field: "a", width: "auto" }]);
});

test("a query names an index, a historical view, or one that is not here", () => {
  const of = (given: unknown) => indexOptions(given, ["main"], ["outage"]);
  expect(of(["*"]).current).toBe("*");
  expect(of([]).current).toBe("*");
  expect(of(["outage"])).toMatchObject({ current: "outage", options: { length: 3 } });
  expect(of(["outage"]).options[2]).toEqual({ value: "outage", label: "outage (historical view)" });
  expect(of(["main", "other"]).options.at(-1)).toEqual({ value: "main,other", label: "main,other" });
});
