import { expect, test } from "vitest";
import { fillVariable, isDarkFill, isDiverging } from "./fills";

test("shares walk along the ramp that the palette names", () => {
  expect([0, 0.5, 1].map((share) => fillVariable("hostmap_blues", share))).toEqual([
    "--seq-1",
    "--seq-4",
    "--seq-7",
  ]);
  expect([0, 0.5, 1].map((share) => fillVariable("green_to_orange", share))).toEqual([
    "--div-1",
    "--div-5",
    "--div-9",
  ]);
  expect(fillVariable("YlOrRd", 2)).toBe("--heat-7");
  expect(fillVariable("no such name", -1)).toBe("--seq-1");
});

test("text is light on the two ends of the diverging ramp alone", () => {
  const ends = [0, 0.2, 0.5, 0.85, 1].map((share) => isDarkFill("green_to_orange", share));
  expect(ends).toEqual([true, false, false, false, true]);
  expect(isDiverging("green_to_orange")).toBe(true);
  expect(isDiverging("hostmap_blues")).toBe(false);
});
