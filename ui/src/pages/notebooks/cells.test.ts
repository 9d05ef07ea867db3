import { expect, test } from "vitest";
import { frozen, movedCell, newNotebook } from "./cells";
import { widgetTime } from "./times";

test("a postmortem has its sections, after the first what it was made from", () => {
  const notebook = newNotebook("x".repeat(100), "postmortem", [{ type: "timeseries" }]);
  expect(notebook.name.length).toBe(80);
  expect(notebook.cells.map((cell) => cell.attributes.definition.type).slice(0, 3)).toEqual([
    "markdown",
    "timeseries",
    "markdown",
  ]);
});

test("cells move, but not out of the notebook", () => {
  expect(movedCell(["a", "b", "c"], 1, -1)).toEqual(["b", "a", "c"]);
  expect(movedCell(["a", "b"], 1, 1)).toEqual(["a", "b"]);
});

test("a frozen notebook has a fixed time", () => {
  const time = frozen(newNotebook("n", ""), 0, 3_600_000).time;
  expect(widgetTime(time)).toEqual({ type: "fixed", from: 0, to: 3600 });
  expect(widgetTime({ live_span: "4h" })).toEqual({ live_span: "4h" });
  expect(widgetTime(null)).toBeUndefined();
});
