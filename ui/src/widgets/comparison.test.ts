import { expect, test } from "vitest";
import { changeOf, windowBefore } from "./comparison";

const HOUR = 3_600_000;

test("the time before is as long as the window, or one of its own", () => {
  const window = { from: 10 * HOUR, to: 12 * HOUR };
  expect(windowBefore({ duration: { type: "previous_timeframe" } }, window)).toEqual({
    from: 8 * HOUR,
    to: 10 * HOUR,
  });
  expect(windowBefore({ duration: { type: "previous_day" } }, window).from).toBe(-14 * HOUR);
  const custom = { type: "custom_timeframe", custom_timeframe: { from: 1, to: 2 } };
  expect(windowBefore({ duration: custom }, window)).toEqual({ from: 1, to: 2 });
});

test("a change is written as asked for, and colored by what is better", () => {
  const duration = { type: "previous_week" };
  expect(changeOf({ duration, type: "both", directionality: "decrease_better" }, 150, 100, null)).toEqual({
    text: "\u25b2\u200950 (50\u2009%)",
    words: "vs. previous week",
    state: "alert",
  });
  expect(
    changeOf({ duration, type: "relative", directionality: "increase_better" }, 90, 100, null),
  ).toMatchObject({
    text: "\u25bc\u200910\u2009%",
    state: "alert",
  });
  expect(changeOf({ duration }, 100, 100, null)).toMatchObject({ text: "0", state: "neutral" });
  expect(changeOf({ duration, type: "relative" }, 5, 0, null)?.text).toBe("\u25b2\u20095");
  expect(changeOf({ duration }, 5, null, null)).toBeNull();
});
