import { expect, it } from "vitest";
import { logicProblem, readComposite, withMonitor, withoutMonitor, writeComposite } from "./composite";

it("composites are read with letters and written back with ids", () => {
  const text = "12 && (34 || !12) && 5";
  expect(readComposite(text)).toEqual({ monitors: [12, 34, 5], logic: "a && (b || !a) && c" });
  expect(writeComposite(readComposite(text)!)).toBe(text);
  expect(readComposite("")).toEqual({ monitors: [], logic: "" });
  expect(readComposite("avg(last_5m):a{*} > 1")).toBeNull();
});

it("monitors are added and taken away", () => {
  const one = withMonitor({ monitors: [], logic: "" }, 7);
  expect(one).toEqual({ monitors: [7], logic: "a" });
  const two = withMonitor({ ...one, logic: "a" }, 8);
  expect(writeComposite(two)).toBe("7 && 8");
  expect(writeComposite(withMonitor({ monitors: [7, 8], logic: "a || b" }, 9))).toBe("(7 || 8) && 9");
  expect(withMonitor(two, 8)).toBe(two);
  expect(writeComposite(withoutMonitor({ monitors: [7, 8, 9], logic: "a || b || c" }, 0))).toBe("8 || 9");
  expect(writeComposite(withoutMonitor(two, 1))).toBe("7");
});

it("says what is wrong with the condition", () => {
  expect(logicProblem({ monitors: [7], logic: "a && b" })).toBe("There is no monitor b.");
  expect(logicProblem({ monitors: [7, 8], logic: "a" })).toBe("Monitor b is not in the condition.");
  expect(logicProblem({ monitors: [7, 8], logic: "a && !b" })).toBeUndefined();
});
